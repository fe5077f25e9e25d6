import { DatabaseSync } from 'node:sqlite';
import { statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hangup } from '#test/support/spool-fixtures.ts';
import { accept, append, names, note, parse, release, setUp, start } from '#test/support/spool-store.ts';

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
