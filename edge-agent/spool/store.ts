/**
 * The spool's file. What holds at every commit, and so after `kill -9` or a power loss:
 *
 * 1. An event is in exactly one place: `item` (waits), `batch` (released), or gone: accepted by the bus
 *    (`published`), refused for good (`set_aside`), or dropped and counted (`dropped`).
 * 2. A released batch is kept as the bytes that are sent. Sent again it has the same epoch, seqs, times, rules
 *    version and boundaries, whatever happened in between.
 * 3. seq rises by one per released item within an epoch and is never given twice: it is saved with the batch.
 *    Each start has an epoch of its own; batches of earlier starts keep theirs. A gap means counted drops.
 * 4. Items are released in the order (due_at, id); no item is released while a released batch is unsent, so
 *    nothing newer overtakes a batch that failed.
 * 5. A row is deleted only after the bus accepted or refused its entry, or by the bounds, which take the oldest
 *    events and never a result nor a batch in flight.
 * 6. The ledger's counters agree with the rows: both change in the same transaction.
 */
import { messageOf } from '#core/errors/odoopbx-error.ts';
import type { Logger } from '#core/ports/logger.ts';
import { Ballast } from './ballast.ts';
import { diskTrouble, freeBytes, setFileAside, shrink, tryRoom } from './disk.ts';
import { DropReport } from './drop-report.ts';
import { OpenFile } from './open-file.ts';
import { fitting, left } from './reader.ts';
import type { Room, StoredEntry } from './reader.ts';
import { maxRequestBytes, maxRequestEntries } from './request.ts';
import type { SetAsideEntry } from './set-aside.ts';
import type {
  AppendGroup,
  AppendOutcome,
  Released,
  ReleaseCall,
  StoreCalls,
  StoreOptions,
  StoreSettlement,
  StoreState,
} from './store-calls.ts';

/** Jobs are taken while this much is left for their results: within the bound, and on a disk that was full. */
const resultReserveBytes = 2_000_000;
/** Twice what the WAL grows to between two checkpoints: as much again for the file. */
const defaultBallastBytes = 16_000_000;

export class SpoolStore implements StoreCalls {
  readonly #options: StoreOptions;
  readonly #logger: Logger;
  readonly #dropReport: DropReport;
  readonly #ballast: Ballast;
  #open: OpenFile;
  /** Ids of the batches that the publisher has; empty between requests. */
  #inFlight: ReadonlySet<number> = new Set();
  #inFlightResults: ReadonlySet<number> = new Set();
  #diskFull = false;
  #lastNow: number;

  /** Throws SPOOL_LOCKED, SPOOL_UNREADABLE. A corrupt file is set aside. */
  constructor(options: StoreOptions, logger: Logger) {
    this.#options = options;
    this.#logger = logger;
    this.#dropReport = new DropReport(logger);
    this.#ballast = new Ballast(`${options.path}.ballast`, options.ballastBytes ?? defaultBallastBytes);
    this.#lastNow = options.now;
    try {
      this.#open = new OpenFile(options);
    } catch (error) {
      if (diskTrouble(error) !== 'corrupt') throw error;
      this.#open = this.#openAnew(error, options.now);
    }
    this.#transact(options.now, ({ ledger, reader }) => {
      ledger.startEpoch(options.now, options.uuid);
      reader.dueAfterClockStep(options.now);
    });
    try {
      this.#ballast.load();
    } catch (error) {
      this.#markDiskFull(error);
    }
  }

  get epoch(): string {
    return this.#open.ledger.row.epoch;
  }

  append(group: AppendGroup): AppendOutcome {
    if (!this.#diskFull) {
      try {
        this.#expire(group.now);
        return this.#insert(group, 0);
      } catch (error) {
        this.#markDiskFull(error);
      }
    }
    const attempts: AppendGroup[] = [group];
    if (group.results.length > 0)
      attempts.push({ ...group, events: [], dropped: group.dropped + group.events.length });
    for (const attempt of attempts) {
      try {
        // The pages of the oldest events take the new rows in: the ballast's room is for sending and deleting.
        const needed = 2 * (bytesOf(attempt.events) + bytesOf(attempt.results));
        const outcome = this.#insert(attempt, needed - freeBytes(this.#open.db));
        this.#dropReport.add('disk full', attempt.dropped - group.dropped);
        return outcome;
      } catch (error) {
        this.#markDiskFull(error);
      }
    }
    this.#open.ledger.countUnsaved(group.events.length + group.dropped);
    this.#dropReport.add('disk full', group.events.length + group.dropped);
    this.#dropReport.say(group.now);
    return { refusedResults: [...group.results.keys()] };
  }

  release(call: ReleaseCall): Released {
    this.#inFlight = new Set();
    const entries = maxRequestEntries - call.reserved.entries;
    const total = { entries, bytes: maxRequestBytes - call.reserved.bytes };
    try {
      return this.#release(call, total);
    } catch (error) {
      this.#markDiskFull(error);
      // One batch needs less room than ten, and frees some once it is sent.
      return this.#release(call, { ...total, entries: 1 });
    }
  }

  settle(settlement: StoreSettlement): null {
    try {
      this.#settle(settlement);
    } catch (error) {
      this.#markDiskFull(error);
      this.#settle(settlement);
    }
    this.#inFlight = new Set();
    this.#inFlightResults = new Set();
    if (this.#open.ledger.row.items === 0) shrink(this.#open.db);
    return null;
  }

  probe(now: number): boolean {
    try {
      this.#ballast.load();
      this.#guard(now, ({ db }) => {
        tryRoom(db, resultReserveBytes);
      });
      if (this.#diskFull) this.#logger.info('spool.disk_recovered');
      this.#diskFull = false;
    } catch (error) {
      this.#markDiskFull(error);
    }
    return !this.#diskFull;
  }

  listSetAside(limit: number): SetAsideEntry[] {
    return this.#guard(this.#lastNow, ({ setAside }) => setAside.list(limit));
  }

  state(): StoreState {
    const { ledger, bounds } = this.#open;
    const { items, bytes, resultBytes, dropped, truncated, published, setAside, corrupted } = ledger.row;
    const reserve = Math.min(resultReserveBytes, this.#options.maxBytes / 4);
    const oldest = [bounds.oldestEventAt(), this.#open.oldestResultAt()].filter((at) => at !== null);
    const oldestAt = oldest.length === 0 ? null : Math.min(...oldest);
    return {
      stats: { items, bytes, oldestAt, dropped, truncated, published, setAside, corrupted },
      acceptsJobs: !this.#diskFull && resultBytes + reserve <= this.#options.maxBytes,
      diskFull: this.#diskFull,
    };
  }

  close(): void {
    this.#open.db.close();
  }

  /** `neededBytes`: what the oldest events have to make room for, within the bound or not. */
  #insert(group: AppendGroup, neededBytes: number): AppendOutcome {
    const { maxBytes } = this.#options;
    let droppedByBytes = 0;
    const outcome = this.#transact(group.now, (open) => {
      const { ledger, bounds } = open;
      ledger.row.truncated += group.truncated;
      ledger.row.dropped += group.dropped;
      droppedByBytes = bounds.free(neededBytes, this.#inFlight);
      const refusedResults: number[] = [];
      for (const [place, result] of group.results.entries()) {
        if (ledger.row.resultBytes + result.bytes > maxBytes) refusedResults.push(place);
        else open.insertResult(result);
      }
      const needed = ledger.row.bytes + bytesOf(group.events) - maxBytes;
      droppedByBytes += bounds.free(needed, this.#inFlight);
      for (const event of group.events) {
        // Results and the batches in flight may leave less than the group takes.
        if (ledger.row.bytes + event.bytes <= maxBytes) open.insertEvent(event);
        else {
          ledger.row.dropped += 1;
          droppedByBytes += 1;
        }
      }
      return { refusedResults };
    });
    this.#dropReport.add(this.#diskFull ? 'disk full' : 'bytes', droppedByBytes);
    this.#dropReport.say(group.now);
    return outcome;
  }

  #settle(settlement: StoreSettlement): void {
    this.#transact(settlement.now, (open) => {
      const { ledger, setAside } = open;
      for (const id of settlement.batches) ledger.row.published += open.deleteBatch(id, this.#inFlight);
      for (const id of settlement.results)
        ledger.row.published += open.deleteResult(id, this.#inFlightResults);
      for (const { kind, id } of settlement.refused) {
        if (kind === 'batch') ledger.row.setAside += open.deleteBatch(id, this.#inFlight);
        else if (kind === 'result') ledger.row.setAside += open.deleteResult(id, this.#inFlightResults);
        else ledger.row.setAside += 1;
      }
      const older = setAside.add(settlement.refused.map((entry) => ({ ...entry, at: settlement.now })));
      if (older > 0) this.#logger.warn('spool.set_aside_pruned', { entries: older });
    });
  }

  #release(call: ReleaseCall, total: Room): Released {
    const { now, batchMs, rulesVersion, lanes } = call;
    const { pbx } = this.#options;
    const waiting = lanes.includes('urgent') ? this.#guard(now, (open) => open.reader.results(total)) : [];
    // Half of the request, as long as events want the other half: neither waits behind the other's backlog.
    const half = { entries: Math.ceil(total.entries / 2), bytes: total.bytes / 2 };
    let results = fitting(waiting, half);
    let batches: StoredEntry[] = [];
    let wakeAt: number | null = null;
    if (lanes.includes('events')) {
      this.#expire(now);
      const room = left(total, results);
      batches = this.#guard(now, (open) => open.reader.batches(room));
      if (batches.length === 0) {
        wakeAt = this.#transact(now, ({ reader }) =>
          reader.release(room, { pbx, now, batchMs, rulesVersion }),
        );
        batches = this.#open.reader.batches(room);
      }
    }
    results = fitting(waiting, left(total, batches));
    this.#inFlight = new Set(batches.map(({ id }) => id));
    this.#inFlightResults = new Set(results.map(({ id }) => id));
    return { results, batches, wakeAt };
  }

  #expire(now: number): void {
    const limit = now - this.#options.maxAgeMs;
    const oldest = this.#guard(now, ({ bounds }) => bounds.oldestEventAt());
    if (oldest === null || oldest >= limit) return;
    this.#dropReport.add(
      'age',
      this.#transact(now, ({ bounds }) => bounds.expire(limit, this.#inFlight)),
    );
    this.#dropReport.say(now);
  }

  /** One transaction, the ledger saved with it. */
  #transact<T>(now: number, work: (open: OpenFile) => T): T {
    const steppedBack = now + 1_000 < this.#lastNow;
    this.#lastNow = now;
    return this.#guard(now, (open) => {
      open.db.exec('BEGIN IMMEDIATE');
      try {
        if (steppedBack) open.reader.dueAfterClockStep(now);
        const result = work(open);
        open.ledger.save();
        open.db.exec('COMMIT');
        open.ledger.committed();
        return result;
      } catch (error) {
        if (open.db.isTransaction) open.db.exec('ROLLBACK');
        open.ledger.rolledBack();
        throw error;
      }
    });
  }

  /** Runs `work`; where the file turns out corrupt, once more on a new one. */
  #guard<T>(now: number, work: (open: OpenFile) => T): T {
    try {
      return work(this.#open);
    } catch (error) {
      if (diskTrouble(error) !== 'corrupt') throw error;
      const { row } = this.#open.ledger;
      this.#open.db.close();
      this.#open = this.#openAnew(error, now, row.items);
      const { ledger } = this.#open;
      // The epoch goes on, so its seqs must too.
      ledger.row = { ...row, items: 0, bytes: 0, resultBytes: 0 };
      ledger.row.corrupted += 1;
      ledger.row.dropped += row.items;
      ledger.committed();
      this.#inFlight = new Set();
      this.#inFlightResults = new Set();
      return work(this.#open);
    }
  }

  #openAnew(cause: unknown, now: number, lostItems?: number): OpenFile {
    const aside = setFileAside(this.#options.path, now);
    this.#logger.error('spool.corrupt', {
      code: 'SPOOL_CORRUPT',
      aside,
      cause: messageOf(cause),
      lostItems: lostItems ?? 'unknown',
    });
    const open = new OpenFile(this.#options);
    if (lostItems === undefined) open.ledger.row.corrupted = 1;
    return open;
  }

  #markDiskFull(error: unknown): void {
    if (diskTrouble(error) !== 'full') throw error;
    this.#ballast.drop();
    if (!this.#diskFull)
      this.#logger.error('spool.disk_full', { code: 'SPOOL_FULL', cause: messageOf(error) });
    this.#diskFull = true;
  }
}

function bytesOf(records: readonly { bytes: number }[]): number {
  return records.reduce((sum, { bytes }) => sum + bytes, 0);
}
