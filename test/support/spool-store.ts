import { afterEach } from 'vitest';
import type { SpooledEvent } from '#core/ports/event-spool.ts';
import { encodeEvent, encodeResult } from '#edge-agent/spool/record.ts';
import { SpoolStore } from '#edge-agent/spool/store.ts';
import type { Released, StoreOptions } from '#edge-agent/spool/store-calls.ts';
import { batchesOf, jobResult, keepingLogger, pbx, spoolFolder } from './spool-fixtures.ts';

export const start = 1_790_000_000_000;
const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) cleanUp();
});

export function setUp(overrides: Partial<StoreOptions> = {}) {
  const { path, folder, remove } = spoolFolder();
  cleanUps.push(remove);
  const logger = keepingLogger();
  let starts = 0;
  const open = (more: Partial<StoreOptions> = {}): SpoolStore => {
    starts += 1;
    const uuid = `00000000-0000-4000-8000-00000000000${starts}`;
    const defaults = {
      path,
      pbx,
      maxBytes: 10_000_000,
      maxAgeMs: 86_400_000,
      now: start,
      uuid,
      ballastBytes: 0,
    };
    const store = new SpoolStore({ ...defaults, ...overrides, ...more }, logger);
    cleanUps.push(() => {
      try {
        store.close();
      } catch {
        // closed by the test
      }
    });
    return store;
  };
  return { path, folder, logger, open };
}

export function append(
  store: SpoolStore,
  events: SpooledEvent[],
  results: string[] = [],
  now = start,
): number[] {
  const records = events.map((event) => encodeEvent(event, now));
  return store.append({
    now,
    events: records.flatMap(({ records }) => records),
    results: results.map((jobId) => encodeResult(jobResult(jobId), now)),
    truncated: 0,
    dropped: 0,
  }).refusedResults;
}

export function release(store: SpoolStore, now = start, batchMs = 0): Released {
  const reserved = { entries: 0, bytes: 0 };
  return store.release({ now, lanes: ['events', 'urgent'], batchMs, rulesVersion: null, reserved });
}

export const ids = (entries: { id: number }[]) => entries.map(({ id }) => id);
export const accept = (store: SpoolStore, { batches, results }: Released): void => {
  store.settle({ now: start, batches: ids(batches), results: ids(results), refused: [] });
};

export const parse = ({ batches }: Released) =>
  batchesOf(batches.map(({ detail }) => ({ source: '', detailType: 'ami.batch.v1', detail })));
export const names = (released: Released): string[] =>
  parse(released).flatMap(({ events }) => events.map(({ event }) => String(event['Uniqueid'])));

export const note = { Note: 'n'.repeat(1_000) };
