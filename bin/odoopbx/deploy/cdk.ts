import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { Context } from '../context.ts';
import { readCdkLine } from './cdk-lines.ts';

const checkout = resolve(import.meta.dirname, '../../..');
/** The pinned one, never one that happens to be installed. */
const cdkProgram = join(checkout, 'lib/node_modules/aws-cdk/bin/cdk');

/** Shown when it fails and nothing in its output looked like the reason. */
const lastLines = 25;

export interface Cdk {
  /** Runs `cdk <args>`; returns all it printed. Throws DEPLOY_FAILED with the end of its output. */
  run(what: string, args: readonly string[]): Promise<string[]>;
}

export function createCdk({ world, output, fleetPath }: Context, verbose: boolean): Cdk {
  return {
    async run(what, args) {
      if (!existsSync(cdkProgram)) {
        throw new OdoopbxError('DEPLOY_FAILED', 'the CDK is not installed: node scripts/install.mjs lib');
      }
      const lines: string[] = [];
      const failures: string[] = [];
      output.progress(`${what} …`);
      const code = await world.runProgram(process.execPath, {
        args: [cdkProgram, ...args],
        cwd: checkout,
        env: {
          ...world.env,
          // cdk.json says `node bin/app.ts`: this Node, not one that is too old for TypeScript.
          PATH: [resolve(process.execPath, '..'), world.env['PATH'] ?? ''].join(delimiter),
          FLEET_FILE: fleetPath,
          CDK_DISABLE_CLI_TELEMETRY: 'true',
          NO_COLOR: '1',
          FORCE_COLOR: undefined,
        },
        onLine: (line) => {
          lines.push(line);
          const read = readCdkLine(line);
          if (verbose) output.note(line);
          else if (read.kind === 'event') {
            output.progress(`${read.stack} ${read.done} ${read.status.toLowerCase()} ${read.resource}`);
          } else if (read.kind === 'milestone') output.note(read.text);
          if (read.kind === 'failed') failures.push(read.text);
        },
      });
      output.end();
      if (code === 0) return lines;
      const shown = failures.length > 0 ? failures : lines.filter((line) => line.trim() !== '');
      throw new OdoopbxError(
        'DEPLOY_FAILED',
        `${what} failed (cdk ended with ${code}):\n${shown.slice(-lastLines).join('\n')}`,
      );
    },
  };
}
