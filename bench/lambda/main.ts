import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { lambdaRicProgram } from '../../scripts/lab/lambda-ric.ts';
import type { Bench } from '../main.ts';
import { lambdaBench } from './lambda-bench.ts';
import type { LambdaBenchReport } from './lambda-bench.ts';

/** `npm run bench -- lambda [--rounds 15] [--invocations 300] [--json]`; needs what `npm run lab -- up` builds. */
export const run: Bench = async ({ json, args }) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '15' },
      invocations: { type: 'string', default: '300' },
    },
  });
  const ricProgram = lambdaRicProgram;
  if (!existsSync(ricProgram)) {
    throw new Error(
      "AWS's runtime interface client is not there: `npm run lab -- up` compiles it, in about a minute.",
    );
  }
  const report = await lambdaBench({
    ricProgram,
    rounds: countOf('rounds', values.rounds),
    invocations: countOf('invocations', values.invocations),
  });
  console.log(json ? JSON.stringify(report, null, 2) : inWords(report));
  return report.targets.every(({ met }) => met);
};

function countOf(name: string, text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 100_000) return count;
  throw new Error(`--${name} is ${text}: it must be a whole number from 1 to 100,000`);
}

function inWords({ machine, emptyInitMs, rows, warm, targets }: LambdaBenchReport): string {
  const lines = rows.map(({ function: name, bytes, initMs, initRatio }) => {
    const init = `${initMs} ms`.padStart(9);
    return `${name.padEnd(14)} ${bytes.toLocaleString('en').padStart(8)} bytes  init ${init}  ${initRatio} × empty`;
  });
  const rates = warm.map(
    ({ function: name, what, perSecond }) => `${name.padEnd(14)} ${perSecond} invocations/s warm (${what})`,
  );
  const missed = targets.filter(({ met }) => !met);
  const verdict = missed.map(({ name, target, reached }) => `MISSED: ${name}: ${reached} (target ${target})`);
  return [machine, `empty handler: init ${emptyInitMs} ms`, ...lines, '', ...rates, '', ...verdict].join(
    '\n',
  );
}
