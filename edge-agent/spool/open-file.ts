import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { Bounds } from './bounds.ts';
import { openDatabase } from './disk.ts';
import { Ledger } from './ledger.ts';
import { Reader } from './reader.ts';
import type { EventRecord, ResultRecord } from './record.ts';
import { SetAside } from './set-aside.ts';
import type { StoreOptions } from './store-calls.ts';
import { Told } from './told.ts';

/** One open database with its prepared statements; a corrupt file is replaced together with all of them. */
export class OpenFile {
  readonly db: DatabaseSync;
  readonly ledger: Ledger;
  readonly reader: Reader;
  readonly bounds: Bounds;
  readonly setAside: SetAside;
  readonly #insertEvent: StatementSync;
  readonly #told: Told;
  readonly #insertResult: StatementSync;
  readonly #deleteBatch: StatementSync;
  readonly #deleteResult: StatementSync;
  readonly #oldestResult: StatementSync;

  constructor(options: Pick<StoreOptions, 'path' | 'maxPages'>) {
    this.db = openDatabase(options.path);
    if (options.maxPages !== undefined) this.db.exec(`PRAGMA max_page_count = ${options.maxPages}`);
    this.ledger = new Ledger(this.db);
    this.reader = new Reader(this.db, this.ledger);
    this.bounds = new Bounds(this.db, this.ledger);
    this.setAside = new SetAside(this.db);
    this.#told = new Told(this.db);
    this.#insertEvent = this.db.prepare(
      'INSERT INTO item (due_at, spooled_at, bytes, body) VALUES (?, ?, ?, ?)',
    );
    this.#insertResult = this.db.prepare(
      'INSERT INTO result (job_id, spooled_at, bytes, detail) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    );
    this.#deleteBatch = this.db.prepare(
      'DELETE FROM batch WHERE id = ? RETURNING bytes, last_seq - first_seq + 1 AS events',
    );
    this.#deleteResult = this.db.prepare('DELETE FROM result WHERE id = ? RETURNING bytes');
    this.#oldestResult = this.db.prepare('SELECT spooled_at AS at FROM result ORDER BY id LIMIT 1');
  }

  insertEvent({ dueAt, spooledAt, bytes, body, told, unlessTold }: EventRecord): void {
    if (told !== undefined && !this.#told.note(told) && unlessTold === true) return;
    this.#insertEvent.run(dueAt, spooledAt, bytes, body);
    this.ledger.row.items += 1;
    this.ledger.row.bytes += bytes;
  }

  /** A second result of the same job is none: the first one counts, here as in the cloud. */
  insertResult({ jobId, spooledAt, bytes, detail }: ResultRecord): void {
    if (Number(this.#insertResult.run(jobId, spooledAt, bytes, detail).changes) === 0) return;
    this.ledger.row.items += 1;
    this.ledger.row.bytes += bytes;
    this.ledger.row.resultBytes += bytes;
  }

  /** Returns how many events went: none where the batch is not one of those in flight. */
  deleteBatch(id: number, inFlight: ReadonlySet<number>): number {
    const row = inFlight.has(id) ? this.#deleteBatch.get(id) : undefined;
    if (row === undefined) return 0;
    this.ledger.row.items -= Number(row['events']);
    this.ledger.row.bytes -= Number(row['bytes']);
    return Number(row['events']);
  }

  deleteResult(id: number, inFlight: ReadonlySet<number>): number {
    const row = inFlight.has(id) ? this.#deleteResult.get(id) : undefined;
    if (row === undefined) return 0;
    this.ledger.row.items -= 1;
    this.ledger.row.bytes -= Number(row['bytes']);
    this.ledger.row.resultBytes -= Number(row['bytes']);
    return 1;
  }

  oldestResultAt(): number | null {
    const at = this.#oldestResult.get()?.['at'];
    return typeof at === 'number' ? at : null;
  }
}
