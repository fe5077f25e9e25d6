import { parseArgs } from 'node:util';
import type { Bench } from '../main.ts';
import { recordedCalls } from './recorded-calls.ts';
import { replay, type ReplayReport } from './replay.ts';
import { rulesInUse } from './rules.ts';

const rates = [10, 100, 1000, 10_000] as const;

/**
 * `npm run bench -- batching [--talk 180] [--batch-ms 100] [--json]`: how many AMI events share an entry of the bus,
 * by the number of calls that one PBX has in an hour. docs/cost.md is written from it.
 */
export const run: Bench = async ({ json, args }) => {
  const { values } = parseArgs({
    args: [...args],
    options: { talk: { type: 'string', default: '180' }, 'batch-ms': { type: 'string', default: '100' } },
  });
  const calls = recordedCalls();
  const rows = rates.map((callsPerHour) =>
    replay({
      calls,
      rules: rulesInUse,
      callsPerHour,
      hours: Math.max(1, 2000 / callsPerHour),
      talkSeconds: Number(values.talk),
      batchMs: Number(values['batch-ms']),
      random: seeded(1),
    }),
  );
  const report = { name: 'batching', recordedCalls: calls.length, talkSeconds: Number(values.talk), rows };
  console.log(json ? JSON.stringify(report, null, 2) : inWords(rows));
  return true;
};

function inWords(rows: readonly ReplayReport[]): string {
  const head = 'calls/h  events/call  wanted/call  events/entry  bytes/event';
  const lines = rows.map((row) =>
    [
      String(row.callsPerHour).padStart(7),
      (row.amiEvents / row.calls).toFixed(0).padStart(12),
      row.wantedPerCall.toFixed(1).padStart(12),
      row.eventsPerEntry.toFixed(2).padStart(13),
      row.bytesPerEvent.toFixed(0).padStart(12),
    ].join(' '),
  );
  return [head, ...lines].join('\n');
}

/** Mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
