import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '#bin/odoopbx/cli.ts';
import type { RunProgram } from '#bin/odoopbx/run-program.ts';
import type { World } from '#bin/odoopbx/world.ts';
import { afterAll } from 'vitest';
import { FakeCloud } from './fake-cloud.ts';

export const fleetText = `# The test's fleet.
platform: { name: pf, region: eu-central-1 }
tenants:
  # The first customer.
  acme:
    odoo: { url: https://acme.example.com, db: acme, login: pbx }
    pbxs:
      hq: {}
      lab: { odoo: { login: lab_user } }
  # The second.
  beta:
    odoo: { url: https://beta.example.com, db: beta, login: pbx }
    pbxs:
      main: {}
`;

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** An operator at work: a folder, a terminal (or none), an AWS account in memory. */
export class OperatorWorld {
  readonly folder = mkdtempSync(join(tmpdir(), 'odoopbx-operator-'));
  readonly cloud = new FakeCloud();
  readonly env: Record<string, string> = {};
  /** Unix milliseconds. */
  now = 1_800_000_000_000;
  isTTY = false;
  /** What standard input holds; on a terminal the lines that are typed. */
  input: string[] = [];
  readonly asked: string[] = [];
  runProgram: RunProgram = async () => 0;
  connect: World['connect'] = async () => this.cloud;
  /** Called at every sleep, with Ctrl-C in hand. */
  onSleep: (interrupt: () => void) => void = () => undefined;
  #interrupt: () => void = () => undefined;

  constructor(fleet: string | null = fleetText) {
    folders.push(this.folder);
    if (fleet !== null) writeFileSync(this.fleetPath, fleet);
  }

  get fleetPath(): string {
    return join(this.folder, 'fleet.yaml');
  }

  fleet(): string {
    return readFileSync(this.fleetPath, 'utf8');
  }

  async run(...args: string[]): Promise<Ran> {
    const written = { stdout: '', stderr: '' };
    const writer = (name: 'stdout' | 'stderr') => ({
      write: (text: string) => void (written[name] += text),
      isTTY: this.isTTY,
      columns: this.isTTY ? 100 : undefined,
    });
    const typed = async (prompt: string): Promise<string> => {
      this.asked.push(prompt);
      return this.input.shift() ?? '';
    };
    const world: World = {
      env: this.env,
      cwd: this.folder,
      stdout: writer('stdout'),
      stderr: writer('stderr'),
      stdin: {
        isTTY: this.isTTY,
        readAll: async () => this.input.join('\n'),
        readHidden: typed,
        readLine: typed,
      },
      clock: {
        now: () => this.now,
        sleep: async (ms) => {
          this.now += ms;
          this.onSleep(this.#interrupt);
        },
      },
      randomBytes: (count) => new Uint8Array(count).fill(7),
      onInterrupt: (handler) => {
        this.#interrupt = handler;
        return () => (this.#interrupt = () => undefined);
      },
      connect: (platform) => this.connect(platform),
      runProgram: (program, run) => this.runProgram(program, run),
    };
    return { code: await runCli(args, world), ...written };
  }

  async json<T>(...args: string[]): Promise<T & Record<string, unknown>> {
    return JSON.parse((await this.run('--json', ...args)).stdout) as T & Record<string, unknown>;
  }
}
