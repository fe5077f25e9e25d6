import type { Clock } from '#core/ports/clock.ts';
import type { FleetPlatform } from '#core/fleet/fleet.ts';
import type { Cloud } from './cloud/cloud.ts';
import type { RunProgram } from './run-program.ts';

export interface Writer {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Width in letters; undefined where it is no terminal. */
  readonly columns: number | undefined;
}

/** Standard input. */
export interface Reader {
  readonly isTTY: boolean;
  /** All of it, for `… < file` and pipes. */
  readAll(): Promise<string>;
  /** One line that does not show on the screen. */
  readHidden(prompt: string): Promise<string>;
  readLine(prompt: string): Promise<string>;
}

/** What a command touches of the world outside. */
export interface World {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdout: Writer;
  readonly stderr: Writer;
  readonly stdin: Reader;
  readonly clock: Clock;
  /** Cryptographically strong. */
  randomBytes(count: number): Uint8Array;
  /** Calls `handler` at every Ctrl-C instead of ending the process, until the returned function is called. */
  onInterrupt(handler: () => void): () => void;
  /** The AWS account of the credentials at hand, in the platform's region. No request is made yet. */
  connect(platform: FleetPlatform): Promise<Cloud>;
  readonly runProgram: RunProgram;
}
