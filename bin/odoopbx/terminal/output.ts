import type { World } from '../world.ts';
import { type Paint, paintFor } from './paint.ts';

/** Results go to standard output, everything else to standard error: output can be piped. */
export class Output {
  readonly json: boolean;
  /** For what goes to standard output. */
  readonly paint: Paint;
  readonly #world: Pick<World, 'stdout' | 'stderr' | 'env'>;
  readonly #paintNote: Paint;
  #transient = false;

  constructor(world: Pick<World, 'stdout' | 'stderr' | 'env'>, json: boolean) {
    this.#world = world;
    this.json = json;
    this.paint = paintFor(world.stdout.isTTY, world.env);
    this.#paintNote = paintFor(world.stderr.isTTY, world.env);
  }

  /** What the command answers: `value` as one line of JSON with --json, else the text for a person. */
  result(value: unknown, text: string): void {
    this.#clear();
    this.#world.stdout.write(`${this.json ? JSON.stringify(value) : text}\n`);
  }

  /** A line about what is going on. */
  note(text: string): void {
    this.#clear();
    this.#world.stderr.write(`${text}\n`);
  }

  warn(text: string): void {
    this.note(`${this.#paintNote('yellow', 'warning:')} ${text}`);
  }

  /** A line that the next one overwrites. Only on a terminal: a log file has no use for it. */
  progress(text: string): void {
    const { stderr } = this.#world;
    if (!stderr.isTTY) return;
    stderr.write(
      `\r\u001B[K${this.#paintNote('dim', text.slice(0, Math.max(20, (stderr.columns ?? 80) - 1)))}`,
    );
    this.#transient = true;
  }

  #clear(): void {
    if (this.#transient) this.#world.stderr.write('\r\u001B[K');
    this.#transient = false;
  }

  /** Removes a progress line that nothing followed. */
  end(): void {
    this.#clear();
  }
}
