import { DatabaseSync } from 'node:sqlite';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { SpooledEvent } from '#core/ports/event-spool.ts';
import { encodeEvent, encodeResult } from '#edge-agent/spool/record.ts';
import { SpoolStore } from '#edge-agent/spool/store.ts';
import type { Released, StoreOptions } from '#edge-agent/spool/store-calls.ts';
import {
  batchesOf,
  hangup,
  jobResult,
  keepingLogger,
  pbx,
  spoolFolder,
} from '#test/support/spool-fixtures.ts';

const start = 1_790_000_000_000;
const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) cleanUp();
});

function setUp(overrides: Partial<StoreOptions> = {}) {
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

function append(store: SpoolStore, events: SpooledEvent[], results: string[] = [], now = start): number[] {
  const records = events.map((event) => encodeEvent(event, now));
  return store.append({
    now,
    events: records.flatMap(({ records }) => records),
    results: results.map((jobId) => encodeResult(jobResult(jobId), now)),
    truncated: 0,
    dropped: 0,
  }).refusedResults;
}

function release(store: SpoolStore, now = start, batchMs = 0): Released {
  const reserved = { entries: 0, bytes: 0 };
  return store.release({ now, lanes: ['events', 'urgent'], batchMs, rulesVersion: null, reserved });
}

const ids = (entries: { id: number }[]) => entries.map(({ id }) => id);
const accept = (store: SpoolStore, { batches, results }: Released): void => {
  store.settle({ now: start, batches: ids(batches), results: ids(results), refused: [] });
};

const parse = ({ batches }: Released) =>
  batchesOf(batches.map(({ detail }) => ({ source: '', detailType: 'ami.batch.v1', detail })));
const names = (released: Released): string[] =>
  parse(released).flatMap(({ events }) => events.map(({ event }) => String(event['Uniqueid'])));

const note = { Note: 'n'.repeat(1_000) };

describe('what was told', () => {
  const real = { ...hangup('a', start), told: 'Hangup/a' };
  const guess = { ...hangup('a', start), told: 'Hangup/a', unlessTold: true };

  it('is not told again by a guess, also after a restart and when it was sent and deleted', () => {
    const { open } = setUp();
    const store = open();
    append(store, [real]);
    accept(store, release(store));
    store.close();
    const next = open();
    append(next, [guess, hangup('b', start)]);
    expect(names(release(next))).toEqual(['b']);
    expect(next.state().stats.items).toBe(1);
  });

  it('is told by the guess where nothing else told it, and by what is no guess in any case', () => {
    const store = setUp().open();
    append(store, [guess, guess, real]);
    expect(names(release(store))).toEqual(['a', 'a']);
  });

  it('is told when the event that was to tell it did not fit', () => {
    const { open } = setUp({ maxBytes: 100 });
    const small = open();
    append(small, [real]);
    small.close();
    const roomy = open({ maxBytes: 10_000_000 });
    append(roomy, [guess]);
    expect(names(release(roomy))).toEqual(['a']);
  });
});

describe('order', () => {
  it('is the due order, insertion order where due together', () => {
    const store = setUp().open();
    append(store, [
      hangup('c', start - 1),
      hangup('a', start - 5),
      hangup('d', start - 1),
      hangup('e', start),
    ]);
    append(store, [hangup('b', start - 5), hangup('not yet', start + 1)]);
    const first = release(store);
    expect(names(first)).toEqual(['a', 'b', 'c', 'd', 'e']);
    accept(store, first);
    expect(names(release(store, start + 1))).toEqual(['not yet']);
  });

  it('releases nothing while a released batch is unsent', () => {
    const store = setUp().open();
    append(store, [hangup('a', start)]);
    const first = release(store);
    store.settle({ now: start, batches: [], results: [], refused: [] });
    append(store, [hangup('b', start)]);
    expect(release(store).batches).toEqual(first.batches);
    accept(store, first);
    const second = release(store);
    expect(names(second)).toEqual(['b']);
    expect(parse(second)[0]!.firstSeq).toBe(2);
  });

  it('comes right after the clock was put back', () => {
    const { open } = setUp();
    const store = open();
    const year = 365 * 86_400_000;
    append(store, [hangup('ahead', start + year)], [], start + year);
    append(store, [hangup('delayed', start + 5_000)], [], start);
    expect(names(release(store, start))).toEqual(['ahead']);
    store.close();
    expect(open().state().stats.items).toBe(2);
  });
});

describe('a restart', () => {
  it('keeps the numbers and bytes of what was released, and numbers the rest in a new epoch', () => {
    const { open } = setUp();
    const before = open();
    append(before, [hangup('a', start), hangup('b', start)]);
    const released = release(before);
    append(before, [hangup('c', start)], ['job-00001']);
    before.close();
    const after = open();
    const again = release(after);
    expect(again.batches).toEqual(released.batches);
    expect(again.results).toHaveLength(1);
    accept(after, again);
    const [next] = parse(release(after));
    expect(next).toMatchObject({ epoch: after.epoch, firstSeq: 1, lastSeq: 1 });
    expect(after.epoch).not.toBe(before.epoch);
  });

  it('starts an epoch that sorts later, even where the clock was put back', () => {
    const { open } = setUp();
    const epochs = [start, start - 1_000_000, start + 1].map((now) => {
      const store = open({ now });
      store.close();
      return store.epoch;
    });
    expect([...epochs].sort()).toEqual(epochs);
    expect(new Set(epochs).size).toBe(3);
  });

  it('keeps the counters', () => {
    const { open } = setUp();
    const before = open();
    before.append({ now: start, events: [], results: [], truncated: 3, dropped: 2 });
    append(before, [hangup('a', start)], ['job-00001']);
    accept(before, release(before));
    before.close();
    expect(open().state().stats).toMatchObject({
      items: 0,
      bytes: 0,
      dropped: 2,
      truncated: 3,
      published: 2,
    });
  });

  it('refuses the file of a newer agent and leaves it alone', () => {
    const { open, path } = setUp();
    open().close();
    const db = new DatabaseSync(path);
    db.exec('PRAGMA user_version = 99');
    db.close();
    expect(() => open()).toThrow(expect.objectContaining({ code: 'SPOOL_UNREADABLE' }));
    expect(statSync(path).size).toBeGreaterThan(0);
  });
});

describe('bounds', () => {
  it('drop the oldest events when full, count them and say so', () => {
    const { open, logger } = setUp({ maxBytes: 100_000 });
    const store = open();
    for (let id = 0; id < 150; id += 1) append(store, [hangup(String(id), start, note)]);
    const { stats } = store.state();
    expect(stats.bytes).toBeLessThanOrEqual(100_000);
    expect(stats.items + stats.dropped).toBe(150);
    expect(stats.items).toBeGreaterThan(80);
    const kept = names(release(store));
    expect(kept).toEqual(
      Array.from({ length: stats.items }, (_, place) => String(150 - stats.items + place)),
    );
    expect(logger.said.map(({ line }) => line)).toEqual(['warn spool.dropped']);
  });

  it('drop released batches first, but not those in flight', () => {
    const store = setUp({ maxBytes: 200_000 }).open();
    append(
      store,
      Array.from({ length: 100 }, (_, id) => hangup(`old${id}`, start, note)),
    );
    const inFlight = release(store);
    append(
      store,
      Array.from({ length: 120 }, (_, id) => hangup(`new${id}`, start, note)),
    );
    expect(release(store).batches).toEqual(inFlight.batches);
    store.settle({ now: start, batches: [], results: [], refused: [] });
    append(
      store,
      Array.from({ length: 20 }, (_, id) => hangup(`newer${id}`, start, note)),
    );
    expect(names(release(store))).not.toContain('old0');
  });

  it('never drop results, and refuse one that does not fit', () => {
    const { open } = setUp({ maxBytes: 10_000 });
    const store = open();
    append(store, [hangup('a', start, note)]);
    const jobIds = Array.from({ length: 80 }, (_, id) => `job-000${100 + id}`);
    const refused = jobIds.filter((jobId) => append(store, [], [jobId]).length > 0);
    expect(refused.length).toBeGreaterThan(0);
    const { stats } = store.state();
    expect(stats).toMatchObject({ items: 80 - refused.length, dropped: 1 });
    append(store, [hangup('b', start, note)]);
    expect(store.state().stats).toMatchObject({ items: 80 - refused.length, dropped: 2 });
  });

  it('take no more jobs before a result does not fit', () => {
    const store = setUp({ maxBytes: 10_000 }).open();
    expect(store.state().acceptsJobs).toBe(true);
    let jobs = 100;
    while (store.state().acceptsJobs) expect(append(store, [], [`job-000${(jobs += 1)}`])).toEqual([]);
    expect(append(store, [], ['job-00000'])).toEqual([]);
    for (let left = release(store); left.results.length > 0; left = release(store)) accept(store, left);
    expect(store.state().acceptsJobs).toBe(true);
  });

  it('drop events past their age, never results', () => {
    const { open } = setUp({ maxAgeMs: 3_600_000 });
    const store = open();
    append(store, [hangup('waits', start)], ['job-00001']);
    release(store);
    store.settle({ now: start, batches: [], results: [], refused: [] });
    append(store, [hangup('old', start)]);
    append(store, [hangup('young', start + 3_000_000)], [], start + 3_000_000);
    const released = release(store, start + 3_600_001);
    expect(names(released)).toEqual(['young']);
    expect(released.results).toHaveLength(1);
    expect(store.state().stats).toMatchObject({ dropped: 2, items: 2 });
  });

  it('count a result once, however often it comes', () => {
    const store = setUp().open();
    append(store, [], ['job-00001', 'job-00001']);
    append(store, [], ['job-00001']);
    expect(store.state().stats.items).toBe(1);
  });
});

describe('the set-aside table', () => {
  it('keeps a bounded number of entries, newest first', () => {
    const store = setUp().open();
    const entry = { kind: 'status' as const, id: 1, source: 's', detailType: 'd', error: 'refused' };
    for (let round = 0; round < 21; round += 1) {
      const refused = Array.from({ length: 50 }, (_, id) => ({ ...entry, detail: `${round}.${id}` }));
      store.settle({ now: start, batches: [], results: [], refused });
    }
    expect(store.state().stats.setAside).toBe(1_050);
    const kept = store.listSetAside(2_000);
    expect(kept).toHaveLength(1_000);
    expect(kept[0]).toMatchObject({ detail: '20.49', error: 'refused', at: start });
  });
});

describe('a full disk', () => {
  const pages = 800; // 3.2 MB: the reserve and little more

  it('drops events and counts them, keeps results while it can, and takes no jobs', () => {
    const { open, logger } = setUp({ maxPages: pages });
    const store = open();
    for (let id = 0; id < 5_000; id += 100)
      append(
        store,
        Array.from({ length: 100 }, (_, n) => hangup(String(id + n), start, note)),
      );
    const { stats, acceptsJobs, diskFull } = store.state();
    expect([acceptsJobs, diskFull]).toEqual([false, true]);
    expect(stats.dropped).toBeGreaterThan(2_000);
    expect(stats.items + stats.dropped).toBe(5_000);
    expect(append(store, [], ['job-00001'])).toEqual([]);
    expect(logger.said.filter(({ line }) => line === 'error spool.disk_full')).toHaveLength(1);
    const kept: string[] = [];
    for (let released = release(store); released.batches.length > 0; released = release(store)) {
      kept.push(...names(released));
      accept(store, released);
    }
    expect(kept.at(-1)).toBe('4999'); // the oldest went, not the newest
  });

  it('refuses a result when not even that fits, and counts what it could not write later', () => {
    const { open } = setUp({ maxPages: pages });
    const store = open();
    const large = (jobId: string) => {
      const results = [encodeResult(jobResult(jobId, 'r'.repeat(200_000)), start)];
      const { records } = encodeEvent(hangup('x', start), start);
      return store.append({ now: start, events: records, results, truncated: 0, dropped: 0 }).refusedResults;
    };
    const refused = Array.from({ length: 20 }, (_, id) => large(`job-000${10 + id}`));
    expect(refused.some((places) => places.length === 1)).toBe(true);
    const { dropped, items } = store.state().stats;
    expect(items + dropped + refused.flat().length).toBe(40);
    for (let round = 0; round < 10; round += 1) accept(store, release(store));
    expect(store.state().stats).toMatchObject({ items: 0, dropped });
  });

  it('goes on publishing, and recovers by itself', () => {
    const { open, logger } = setUp({ maxPages: pages });
    const store = open();
    for (let id = 0; id < 4_000; id += 100)
      append(
        store,
        Array.from({ length: 100 }, (_, n) => hangup(String(id + n), start, note)),
      );
    const { items } = store.state().stats;
    expect(store.probe(start)).toBe(false);
    let sent = 0;
    for (let released = release(store); released.batches.length > 0; released = release(store)) {
      sent += names(released).length;
      accept(store, released);
    }
    expect(sent).toBe(items);
    expect(store.probe(start)).toBe(true);
    expect(store.state().acceptsJobs).toBe(true);
    expect(logger.said.at(-1)!.line).toBe('info spool.disk_recovered');
  });
});

describe('the ballast', () => {
  it('is there from the start, goes when the disk is full and comes back with the room', () => {
    const { open, path } = setUp({ maxPages: 800, ballastBytes: 2_000_000 });
    const store = open();
    const ballast = `${path}.ballast`;
    expect(statSync(ballast).size).toBeGreaterThanOrEqual(2_000_000);
    for (let id = 0; id < 4_000; id += 100)
      append(
        store,
        Array.from({ length: 100 }, (_, n) => hangup(String(id + n), start, note)),
      );
    expect(existsSync(ballast)).toBe(false);
    for (let left = release(store); left.batches.length > 0; left = release(store)) accept(store, left);
    store.probe(start);
    expect(existsSync(ballast)).toBe(true);
  });

  it('that does not fit leaves the spool at work, without jobs', () => {
    const { open, logger } = setUp({ ballastBytes: 2 ** 50 });
    const store = open();
    append(store, [hangup('a', start)]);
    expect(names(release(store))).toEqual(['a']);
    expect(store.state()).toMatchObject({ acceptsJobs: false, diskFull: true });
    expect(logger.said.map(({ line }) => line)).toEqual(['error spool.disk_full']);
  });
});

describe('a corrupt file', () => {
  it('is set aside at the start, and a new one begun', () => {
    const { open, path, folder, logger } = setUp();
    writeFileSync(path, 'no database '.repeat(1_000));
    writeFileSync(`${path}-wal`, 'left behind');
    const store = open();
    append(store, [hangup('a', start)]);
    expect(names(release(store))).toEqual(['a']);
    expect(store.state().stats.corrupted).toBe(1);
    const aside = readdirSync(folder).find((name) => name.includes('.corrupt-') && !name.endsWith('-wal'));
    expect(readFileSync(join(folder, aside!), 'utf8')).toMatch(/^no database/);
    expect(logger.said[0]).toMatchObject({ line: 'error spool.corrupt', fields: { code: 'SPOOL_CORRUPT' } });
  });

  it('with damaged pages is found by the check at the start', () => {
    const { open, path } = setUp();
    const before = open();
    append(
      before,
      Array.from({ length: 500 }, (_, id) => hangup(String(id), start, note)),
    );
    before.close();
    damage(path);
    expect(open().state().stats).toMatchObject({ items: 0, corrupted: 1 });
  });

  it('that shows while running loses no number: the epoch goes on, what was in it is counted', () => {
    const { open, path, logger } = setUp({ maxBytes: 100_000_000 });
    const store = open();
    append(store, [hangup('a', start)]);
    const first = release(store);
    accept(store, first);
    // Far more than SQLite's cache holds.
    for (let id = 0; id < 100; id += 1)
      append(
        store,
        Array.from({ length: 100 }, () => hangup('x', start, note)),
      );
    store.probe(start); // checkpoints the WAL into the file
    damage(path);
    let released = release(store);
    append(store, [hangup('b', start)]);
    released = release(store);
    expect(names(released)).toEqual(['b']);
    expect(parse(released)[0]).toMatchObject({ epoch: parse(first)[0]!.epoch, firstSeq: 2 });
    expect(store.state().stats).toMatchObject({ corrupted: 1, published: 1, dropped: 10_000, items: 1 });
    expect(logger.said[0]).toMatchObject({ line: 'error spool.corrupt', fields: { lostItems: 10_000 } });
  });

  it('keeps the newest three of what was set aside', () => {
    const { open, path, folder } = setUp();
    for (let round = 0; round < 5; round += 1) {
      writeFileSync(path, 'no database '.repeat(1_000));
      open({ now: start + round }).close();
    }
    const aside = readdirSync(folder).filter((name) => name.includes('.corrupt-'));
    expect(aside.sort()).toHaveLength(3);
    expect(aside[0]).toContain('002Z');
  });
});

describe('the file', () => {
  it('is readable by its owner alone', () => {
    const { open, path } = setUp();
    open();
    for (const name of [path, `${path}-wal`]) expect(statSync(name).mode & 0o077).toBe(0);
  });

  it('is not shared by two agents', () => {
    const { open } = setUp();
    open();
    expect(() => open()).toThrow(expect.objectContaining({ code: 'SPOOL_LOCKED' }));
  });

  it('gives its room back to the disk once it is empty', () => {
    const { open, path } = setUp({ maxBytes: 100_000_000 });
    const store = open();
    for (let id = 0; id < 300; id += 1)
      append(
        store,
        Array.from({ length: 100 }, () => hangup('x', start, note)),
      );
    store.close();
    const again = open();
    const full = statSync(path).size;
    for (let left = release(again); left.batches.length > 0; left = release(again)) accept(again, left);
    for (let idle = 0; idle < 20; idle += 1)
      again.settle({ now: start, batches: [], results: [], refused: [] });
    again.close();
    expect(full).toBeGreaterThan(30_000_000);
    expect(statSync(path).size).toBeLessThan(20_000_000);
    expect(existsSync(`${path}-wal`)).toBe(false);
  });
});

/** Overwrites everything past the first pages. */
function damage(path: string): void {
  const first = 40_960;
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(statSync(path).size - first, 0x5a), 0, undefined, first);
  closeSync(file);
}
