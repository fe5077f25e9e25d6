import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleLambdas } from '../../lib/bundle/bundle-lambdas.ts';
import { runBundle } from '../../scripts/lambda/run-bundle.ts';
import { commonEnvironment, routeEventsEnvironment } from './environments.ts';
import { warmRates, type WarmRate } from './warm-rates.ts';

export interface LambdaBenchRow {
  readonly function: string;
  /** Of `index.mjs`, minified. */
  readonly bytes: number;
  /** Median, from the start of the process until it asks for its first invocation. */
  readonly initMs: number;
  /** To the empty handler of the same run. */
  readonly initRatio: number;
}

export interface LambdaBenchReport {
  readonly name: 'lambda';
  readonly machine: string;
  readonly emptyInitMs: number;
  readonly rows: readonly LambdaBenchRow[];
  readonly warm: readonly WarmRate[];
  readonly targets: readonly { name: string; target: number; reached: number; met: boolean }[];
}

const maxBytes = 500_000;
const maxRatio = 2.5;
const emptyName = 'empty';

export interface LambdaBenchOptions {
  /** The runtime interface client's program. */
  readonly ricProgram: string;
  readonly rounds: number;
  readonly invocations: number;
}

/** Every function as it is deployed, under AWS's own runtime interface client. */
export async function lambdaBench(options: LambdaBenchOptions): Promise<LambdaBenchReport> {
  const folder = mkdtempSync(join(tmpdir(), 'odoopbx-lambda-bench-'));
  try {
    const bundles = await bundleLambdas(folder);
    writeEmpty(join(folder, emptyName));
    const bundleOf = (name: string) => ({
      name,
      folder: join(folder, name),
      ricProgram: options.ricProgram,
    });
    const inits = await initTimes([emptyName, ...bundles.keys()], bundleOf, options.rounds);
    const emptyInitMs = inits.get(emptyName) ?? Number.NaN;
    const rows = [...bundles].map(([name, { bytes }]): LambdaBenchRow => {
      const initMs = inits.get(name) ?? Number.NaN;
      return { function: name, bytes, initMs, initRatio: Math.round((initMs / emptyInitMs) * 100) / 100 };
    });
    const warm = await warmRates(bundleOf, options.invocations);
    const machine = `${cpus().length} × ${cpus()[0]?.model ?? ''}, Node ${process.version}`;
    return { name: 'lambda', machine, emptyInitMs, rows, warm, targets: targetsOf(rows) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeEmpty(folder: string): void {
  mkdirSync(folder);
  writeFileSync(join(folder, 'index.mjs'), 'export const handler = async () => {};\n');
}

/** Medians. The functions take turns, so that a busy moment of the machine meets all of them. */
async function initTimes(
  functions: readonly string[],
  bundleOf: (name: string) => { name: string; folder: string; ricProgram: string },
  rounds: number,
): Promise<Map<string, number>> {
  const env = { ...commonEnvironment, ...routeEventsEnvironment('https://odoo.example.com') };
  const times = new Map<string, number[]>(functions.map((name) => [name, []]));
  // The first round fills the disk's cache.
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of functions) {
      const bundle = await runBundle({ ...bundleOf(name), env });
      if (round > 0) times.get(name)?.push(bundle.initMs);
      await bundle.stop();
    }
  }
  return new Map([...times].map(([name, values]) => [name, median(values)]));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round((sorted[Math.floor(sorted.length / 2)] ?? Number.NaN) * 10) / 10;
}

function targetsOf(rows: readonly LambdaBenchRow[]): LambdaBenchReport['targets'] {
  return rows.flatMap(({ function: name, bytes, initRatio }) => [
    { name: `${name}: bytes`, target: maxBytes, reached: bytes, met: bytes <= maxBytes },
    {
      name: `${name}: init to the empty handler`,
      target: maxRatio,
      reached: initRatio,
      met: initRatio <= maxRatio,
    },
  ]);
}
