import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Ledger } from './ledger.ts';

/**
 * Makes room by dropping the oldest AMI events: released batches first, then items in the order in which they
 * were spooled. Never results, never a batch that is in flight. Each method runs inside a transaction and
 * returns how many events went.
 */
export class Bounds {
  readonly #ledger: Ledger;
  readonly #batches: StatementSync;
  readonly #dropBatch: StatementSync;
  readonly #items: StatementSync;
  readonly #dropItems: StatementSync;
  readonly #oldestBatch: StatementSync;
  readonly #oldestItem: StatementSync;

  constructor(db: DatabaseSync, ledger: Ledger) {
    this.#ledger = ledger;
    this.#batches = db.prepare(
      'SELECT id, bytes, last_seq - first_seq + 1 AS events, spooled_to AS spooledTo FROM batch ORDER BY id',
    );
    this.#dropBatch = db.prepare('DELETE FROM batch WHERE id = ?');
    this.#items = db.prepare('SELECT id, bytes, spooled_at AS spooledTo FROM item ORDER BY id');
    this.#dropItems = db.prepare('DELETE FROM item WHERE id <= ?');
    this.#oldestBatch = db.prepare('SELECT min(spooled_from) AS at FROM batch');
    this.#oldestItem = db.prepare('SELECT spooled_at AS at FROM item ORDER BY id LIMIT 1');
  }

  /** Drops until `bytes` more are free, or no event is left to drop. */
  free(bytes: number, inFlight: ReadonlySet<number>): number {
    let freed = 0;
    return bytes <= 0
      ? 0
      : this.#drop(inFlight, (row) => {
          if (freed >= bytes) return false;
          freed += row.bytes;
          return true;
        });
  }

  /** Drops the events that were spooled before `limit` (Unix milliseconds). */
  expire(limit: number, inFlight: ReadonlySet<number>): number {
    const oldest = this.oldestEventAt();
    if (oldest === null || oldest >= limit) return 0;
    return this.#drop(inFlight, (row) => row.spooledTo < limit);
  }

  oldestEventAt(): number | null {
    const batch = this.#oldestBatch.get()?.['at'];
    const item = this.#oldestItem.get()?.['at'];
    const times = [batch, item].filter((at) => typeof at === 'number');
    return times.length === 0 ? null : Math.min(...times);
  }

  #drop(inFlight: ReadonlySet<number>, wanted: (row: DroppableRow) => boolean): number {
    let events = 0;
    let bytes = 0;
    // Rows are read before they are deleted: a cursor over a table that shrinks is undefined.
    const batches = this.#batches.all() as unknown as (DroppableRow & { events: number })[];
    for (const batch of batches) {
      if (inFlight.has(batch.id)) continue;
      if (!wanted(batch)) return this.#count(events, bytes);
      this.#dropBatch.run(batch.id);
      events += batch.events;
      bytes += batch.bytes;
    }
    let last: number | null = null;
    for (const row of this.#items.iterate() as unknown as Iterable<DroppableRow>) {
      if (!wanted(row)) break;
      last = row.id;
      events += 1;
      bytes += row.bytes;
    }
    if (last !== null) this.#dropItems.run(last);
    return this.#count(events, bytes);
  }

  #count(events: number, bytes: number): number {
    this.#ledger.row.dropped += events;
    this.#ledger.row.items -= events;
    this.#ledger.row.bytes -= bytes;
    return events;
  }
}

interface DroppableRow {
  id: number;
  bytes: number;
  spooledTo: number;
}
