import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { PbxId } from '#core/contracts/names.ts';
import type { PackedBatch, WaitingItem } from './batch.ts';
import { packBatches } from './batch.ts';
import type { Ledger } from './ledger.ts';

/** Bytes and entries that a request still takes. */
export interface Room {
  entries: number;
  bytes: number;
}

export interface StoredEntry {
  id: number;
  detail: string;
  bytes: number;
}

export interface ReleaseOptions {
  pbx: PbxId;
  now: number;
  batchMs: number;
  rulesVersion: string | null;
}

/** Reads what is to be sent, oldest first, and releases items into batches. */
export class Reader {
  readonly #ledger: Ledger;
  readonly #results: StatementSync;
  readonly #batches: StatementSync;
  readonly #due: StatementSync;
  readonly #nextDue: StatementSync;
  readonly #insertBatch: StatementSync;
  readonly #deleteBefore: StatementSync;
  readonly #deleteAt: StatementSync;
  readonly #dueNow: StatementSync;

  constructor(db: DatabaseSync, ledger: Ledger) {
    this.#ledger = ledger;
    this.#results = db.prepare('SELECT id, detail, bytes FROM result ORDER BY id LIMIT ?');
    this.#batches = db.prepare('SELECT id, detail, bytes FROM batch ORDER BY id LIMIT ?');
    this.#due = db.prepare(
      `SELECT id, due_at AS dueAt, spooled_at AS spooledAt, body, bytes
       FROM item WHERE due_at <= ? ORDER BY due_at, id`,
    );
    this.#nextDue = db.prepare('SELECT due_at AS at FROM item ORDER BY due_at LIMIT 1');
    this.#insertBatch = db.prepare(
      `INSERT INTO batch (epoch, first_seq, last_seq, spooled_from, spooled_to, bytes, detail)
       VALUES (:epoch, :firstSeq, :lastSeq, :spooledFrom, :spooledTo, :bytes, :detail)`,
    );
    this.#deleteBefore = db.prepare('DELETE FROM item WHERE due_at < ?');
    this.#deleteAt = db.prepare('DELETE FROM item WHERE due_at = ? AND id <= ?');
    this.#dueNow = db.prepare('UPDATE item SET due_at = :now WHERE due_at > :latest');
  }

  results(room: Room): StoredEntry[] {
    return within(room, this.#results.all(room.entries));
  }

  /** Batches that were released before and not accepted since. */
  batches(room: Room): StoredEntry[] {
    return within(room, this.#batches.all(room.entries));
  }

  /**
   * Inside a transaction: packs what is due, numbers it and moves it from `item` to `batch`. What is due is a
   * prefix of (due_at, id), so it is deleted as a range. Returns when the next batch closes (null: none waits).
   */
  release(room: Room, options: ReleaseOptions): number | null {
    const row = this.#ledger.row;
    const packed = packBatches(this.#due.iterate(options.now) as unknown as Iterable<WaitingItem>, {
      ...options,
      epoch: row.epoch,
      firstSeq: row.nextSeq,
      maxBatches: room.entries,
      maxBytes: room.bytes,
    });
    if (packed.last !== null) {
      // Deleted first: on a full disk the freed pages take the batches.
      this.#deleteBefore.run(packed.last.dueAt);
      this.#deleteAt.run(packed.last.dueAt, packed.last.id);
    }
    row.bytes -= packed.itemBytes;
    for (const batch of packed.batches) this.#insert(batch);
    return packed.closesAt ?? this.#closesAt(options.batchMs);
  }

  /** Inside a transaction: no rule delays longer than an hour, so what is due later was spooled by a clock since put back. */
  dueAfterClockStep(now: number): void {
    const longestDelayMs = 3_600_000;
    this.#dueNow.run({ now, latest: now + longestDelayMs });
  }

  #insert({ firstSeq, lastSeq, spooledFrom, spooledTo, bytes, detail }: PackedBatch): void {
    const { epoch } = this.#ledger.row;
    this.#insertBatch.run({ epoch, firstSeq, lastSeq, spooledFrom, spooledTo, bytes, detail });
    this.#ledger.row.nextSeq = lastSeq + 1;
    this.#ledger.row.bytes += bytes;
  }

  #closesAt(batchMs: number): number | null {
    const at = this.#nextDue.get()?.['at'];
    return typeof at === 'number' ? at + batchMs : null;
  }
}

function within(room: Room, rows: unknown[]): StoredEntry[] {
  return fitting(
    rows.map((row) => ({ ...(row as StoredEntry) })),
    room,
  );
}

/** The first of the entries, as many as the room takes. */
export function fitting(entries: readonly StoredEntry[], room: Room): StoredEntry[] {
  let bytes = 0;
  const end = entries.findIndex(
    (entry, place) => (bytes += entry.bytes) > room.bytes || place >= room.entries,
  );
  return end === -1 ? [...entries] : entries.slice(0, end);
}

/** What is left of the room beside the entries. */
export function left(room: Room, entries: readonly StoredEntry[]): Room {
  let bytes = room.bytes;
  for (const entry of entries) bytes -= entry.bytes;
  return { entries: room.entries - entries.length, bytes };
}
