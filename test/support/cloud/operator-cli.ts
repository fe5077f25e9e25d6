import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { type RunResult, run } from '#scripts/lab/run.ts';
import { emulatorCredentials } from './emulator-calls.ts';
import type { Cloud } from './start-cloud.ts';

const checkout = resolve(import.meta.dirname, '../../..');

/** The operator's command line with the emulator as AWS and `fleet` as fleet.yaml. */
export interface OperatorCli {
  /** What `odoopbx --json <arguments>` answers. Rejects CommandFailed where its exit code is not 0. */
  json<T = Record<string, unknown>>(args: readonly string[], input?: string): Promise<T>;
  run(args: readonly string[], input?: string): Promise<RunResult>;
  remove(): void;
}

export function operatorCli(cloud: Cloud, fleet: object): OperatorCli {
  const folder = mkdtempSync(join(tmpdir(), 'odoopbx-operator-'));
  const file = join(folder, 'fleet.yaml');
  writeFileSync(file, stringify(fleet));
  const env = {
    AWS_ENDPOINT_URL: cloud.emulatorUrl,
    AWS_ACCESS_KEY_ID: emulatorCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: emulatorCredentials.secretAccessKey,
    AWS_PROFILE: '',
  };
  const call = (args: readonly string[], input: string | undefined, allowFailure: boolean) =>
    run([process.execPath, join(checkout, 'bin/odoopbx.ts'), '--fleet', file, ...args], {
      env,
      allowFailure,
      ...(input === undefined ? {} : { input }),
    });
  return {
    async json<T>(args: readonly string[], input?: string) {
      return JSON.parse((await call(['--json', ...args], input, false)).stdout) as T;
    },
    run: (args, input) => call(args, input, true),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
