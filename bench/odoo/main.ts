import { parseArgs } from 'node:util';
import type { Bench } from '../main.ts';
import { odooBench } from './odoo-bench.ts';
import type { OdooBenchReport } from './odoo-bench.ts';

/** `npm run bench -- odoo [--events 2000] [--rounds 2] [--json]`; needs the lab. */
export const run: Bench = async ({ json, args }) => {
  const { values } = parseArgs({
    args: [...args],
    options: { events: { type: 'string', default: '2000' }, rounds: { type: 'string', default: '2' } },
  });
  const report = await odooBench({
    events: countOf('events', values.events),
    rounds: countOf('rounds', values.rounds),
  });
  console.log(json ? JSON.stringify(report, null, 2) : inWords(report));
  return report.targets.every(({ met }) => met);
};

function countOf(name: string, text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 1_000_000) return count;
  throw new Error(`--${name} is ${text}: it must be a whole number from 1 to 1,000,000`);
}

function inWords({ machine, rows, targets }: OdooBenchReport): string {
  const lines = rows.map(({ way, events, calls, seconds, eventsPerSecond }) => {
    const rate = `${eventsPerSecond} events/s`.padStart(14);
    return `${way.padEnd(34)} ${rate}  (${events} events in ${calls} calls, ${seconds} s)`;
  });
  const verdicts = targets.map(
    ({ name, target, reached, met }) =>
      `${met ? 'reached' : 'MISSED'}: ${name}: ${reached} × (target ${target} ×)`,
  );
  return [machine, ...lines, '', ...verdicts].join('\n');
}
