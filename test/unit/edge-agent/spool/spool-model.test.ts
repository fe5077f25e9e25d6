/**
 * The store against a model, under random histories of adding, sending, failing, crashing and filling up.
 * A crash is real as far as the file goes: database and WAL are copied as they are and opened elsewhere.
 */
import { copyFileSync, existsSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { amiBatchSchema } from '#core/contracts/ami-batch.ts';
import { silentLogger } from '#core/ports/logger.ts';
import { encodeEvent, encodeResult } from '#edge-agent/spool/record.ts';
import { SpoolStore } from '#edge-agent/spool/store.ts';
import type { Released } from '#edge-agent/spool/store-calls.ts';
import { hangup, jobResult, pbx, spoolFolder } from '#test/support/spool-fixtures.ts';

interface Model {
  now: number;
  added: number;
  /** Events that were not yet seen in a release: name to its place in the order. */
  waiting: Map<string, { dueAt: number; nth: number }>;
  /** Every number ever given: `epoch/seq` to name, and back. */
  nameOf: Map<string, string>;
  numberOf: Map<string, string>;
  /** Details of released batches that the bus has not judged: they may be sent, none newer may. */
  unsent: Set<string>;
  lastSeq: Map<string, number>;
  /** Events that can only have been dropped: they must never come. */
  gone: Set<string>;
  accepted: Set<string>;
  results: Set<string>;
  resultsJudged: Set<string>;
  request: Released | null;
}

type Outcome = 'accept' | 'fail' | 'refuse';

class Real {
  readonly folder: string;
  path: string;
  store: SpoolStore;
  starts = 0;

  constructor(folder: string, now: number) {
    this.folder = folder;
    this.path = join(folder, 'spool.sqlite');
    this.store = this.open(now);
  }

  open(now: number): SpoolStore {
    this.starts += 1;
    const uuid = `00000000-0000-4000-8000-${String(this.starts).padStart(12, '0')}`;
    const uuidFirst = uuid.split('-').toReversed().join('-');
    return new SpoolStore(
      { path: this.path, pbx, maxBytes: 400_000, maxAgeMs: 600_000, now, uuid: uuidFirst, ballastBytes: 0 },
      silentLogger,
    );
  }

  crash(now: number): void {
    const path = join(mkdtempSync(join(this.folder, 'crash-')), 'spool.sqlite');
    copyFileSync(this.path, path);
    if (existsSync(`${this.path}-wal`)) copyFileSync(`${this.path}-wal`, `${path}-wal`);
    this.store.close();
    this.path = path;
    this.store = this.open(now);
  }
}

type Command = fc.Command<Model, Real>;
const command = (
  name: string,
  run: (model: Model, real: Real) => void,
  check: (model: Readonly<Model>) => boolean = () => true,
): Command => ({
  check: (model) => check(model),
  run: (model, real) => {
    run(model, real);
    checkLedger(model, real);
  },
  toString: () => name,
});

function addEvents(events: { delay: number; size: number }[]): Command {
  return command(`add ${JSON.stringify(events)}`, (model, real) => {
    const records = events.flatMap(({ delay, size }) => {
      const name = `e${(model.added += 1)}`;
      const dueAt = model.now + delay;
      model.waiting.set(name, { dueAt, nth: model.added });
      return encodeEvent(hangup(name, dueAt, { Note: 'n'.repeat(size) }), model.now).records;
    });
    real.store.append({ now: model.now, events: records, results: [], truncated: 0, dropped: 0 });
  });
}

function addResult(size: number): Command {
  return command(`result of ${size} bytes`, (model, real) => {
    const jobId = `job-${String((model.added += 1)).padStart(5, '0')}`;
    const results = [encodeResult(jobResult(jobId, 'r'.repeat(size)), model.now)];
    const { refusedResults } = real.store.append({
      now: model.now,
      events: [],
      results,
      truncated: 0,
      dropped: 0,
    });
    if (refusedResults.length === 0) model.results.add(jobId);
    else model.added -= 1;
  });
}

function prepare(batchMs: number): Command {
  return command(`prepare after ${batchMs} ms`, (model, real) => {
    const released = real.store.release({
      now: model.now,
      lanes: ['events', 'urgent'],
      batchMs,
      rulesVersion: null,
      reserved: { entries: 0, bytes: 0 },
    });
    model.request = released;
    let newest = { dueAt: -Infinity, nth: 0 };
    const fresh = released.batches.filter(({ detail }) => !model.unsent.has(detail));
    for (const { detail } of fresh) {
      const { epoch, firstSeq, events } = amiBatchSchema.parse(JSON.parse(detail));
      expect(epoch).toBe(real.store.epoch);
      expect(firstSeq).toBe((model.lastSeq.get(epoch) ?? 0) + 1); // rising, no number left out or used again
      for (const { seq, event } of events) {
        const name = String(event['Uniqueid']);
        const number = `${epoch}/${seq}`;
        expect(model.gone.has(name)).toBe(false);
        expect(model.numberOf.has(name)).toBe(false);
        expect(model.nameOf.has(number)).toBe(false);
        model.numberOf.set(name, number);
        model.nameOf.set(number, name);
        model.lastSeq.set(epoch, seq);
        const place = model.waiting.get(name)!;
        expect(place.dueAt).toBeLessThanOrEqual(model.now);
        expect(before(newest, place)).toBe(true); // due order, then insertion order
        newest = place;
        model.waiting.delete(name);
      }
    }
    // Whatever stood before the last one that came must have been dropped.
    for (const [name, place] of model.waiting) {
      if (!before(place, newest)) continue;
      model.waiting.delete(name);
      model.gone.add(name);
    }
    if (fresh.length > 0) {
      // Nothing newer is released while an older batch still waits, unless the bounds took that one.
      expect(released.batches).toEqual(fresh);
      model.unsent = new Set();
    }
    for (const { detail } of released.batches) model.unsent.add(detail);
  });
}

function settle(outcomes: Outcome[]): Command {
  return command(
    `settle ${outcomes.join(' ')}`,
    (model, real) => {
      const { results, batches } = model.request!;
      model.request = null;
      const judged = { batches: [] as number[], results: [] as number[], refused: [] as object[] };
      const entries = [
        ...results.map((entry) => ({ ...entry, kind: 'result' as const })),
        ...batches.map((entry) => ({ ...entry, kind: 'batch' as const })),
      ];
      for (const [place, { kind, id, detail }] of entries.entries()) {
        const outcome = outcomes[place % outcomes.length]!;
        if (outcome === 'fail') continue;
        if (outcome === 'refuse')
          judged.refused.push({ kind, id, source: '', detailType: '', detail, error: '' });
        else judged[kind === 'batch' ? 'batches' : 'results'].push(id);
        model.unsent.delete(detail);
        markJudged(model, kind, detail);
      }
      real.store.settle({ now: model.now, ...judged } as Parameters<SpoolStore['settle']>[0]);
    },
    (model) => model.request !== null,
  );
}

function markJudged(model: Model, kind: 'batch' | 'result', detail: string): void {
  if (kind === 'result') {
    model.resultsJudged.add((JSON.parse(detail) as { jobId: string }).jobId);
    return;
  }
  for (const { event } of amiBatchSchema.parse(JSON.parse(detail)).events)
    model.accepted.add(String(event['Uniqueid']));
}

const crash = command('crash', (model, real) => {
  real.crash(model.now);
  model.request = null;
});

const passTime = (ms: number): Command =>
  command(`${ms} ms pass`, (model) => {
    model.now += ms;
  });

/** Everything that was taken is spooled, judged by the bus, or counted as dropped. */
function checkLedger(model: Model, { store }: Real): void {
  const { items, published, setAside, dropped } = store.state().stats;
  expect(items + published + setAside + dropped).toBe(model.added);
  expect(published + setAside).toBe(model.accepted.size + model.resultsJudged.size);
}

function before(a: { dueAt: number; nth: number }, b: { dueAt: number; nth: number }): boolean {
  return a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.nth < b.nth);
}

it('keeps its invariants through any history', () => {
  const size = fc.oneof({ weight: 5, arbitrary: fc.constant(100) }, fc.integer({ min: 0, max: 70_000 }));
  const delay = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 5_000 }));
  const outcome = fc.constantFrom<Outcome[]>('accept', 'accept', 'accept', 'fail', 'refuse');
  const commands = fc.commands(
    [
      fc.array(fc.record({ delay, size }), { minLength: 1, maxLength: 30 }).map(addEvents),
      fc.integer({ min: 1, max: 150_000 }).map(addResult),
      fc.constantFrom(0, 100).map(prepare),
      fc.array(outcome, { minLength: 1, maxLength: 5 }).map(settle),
      fc.constant(crash),
      fc.oneof(fc.integer({ min: 1, max: 6_000 }), fc.constant(400_000)).map(passTime),
    ],
    { size: '+1', maxCommands: 60 },
  );
  fc.assert(
    fc.property(commands, (history) => {
      const { folder, remove } = spoolFolder();
      const now = 1_790_000_000_000;
      const real = new Real(folder, now);
      const model: Model = {
        now,
        added: 0,
        waiting: new Map(),
        nameOf: new Map(),
        numberOf: new Map(),
        unsent: new Set(),
        lastSeq: new Map(),
        gone: new Set(),
        accepted: new Set(),
        results: new Set(),
        resultsJudged: new Set(),
        request: null,
      };
      try {
        fc.modelRun(() => ({ model, real }), history);
        // The bus is well again: all that is left goes out, and what never came was counted.
        for (let round = 0; round < 100 && real.store.state().stats.items > 0; round += 1) {
          for (const step of [passTime(5_000), prepare(0), settle(['accept'])]) step.run(model, real);
        }
        expect(real.store.state().stats).toMatchObject({ items: 0, bytes: 0 });
        expect(model.resultsJudged).toEqual(model.results);
        const events = model.added - model.results.size;
        expect(events - model.accepted.size).toBe(real.store.state().stats.dropped);
      } finally {
        real.store.close();
        remove();
      }
    }),
    { numRuns: 30 },
  );
});
