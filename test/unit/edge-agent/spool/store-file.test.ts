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
import { describe, expect, it } from 'vitest';
import { encodeEvent, encodeResult } from '#edge-agent/spool/record.ts';
import { hangup, jobResult } from '#test/support/spool-fixtures.ts';
import { accept, append, names, note, parse, release, setUp, start } from '#test/support/spool-store.ts';

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
