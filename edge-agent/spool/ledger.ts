import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** The numbers that are kept with every transaction, so that none of them is ever counted from the rows. */
export interface LedgerRow {
  epoch: string;
  epochAt: number;
  nextSeq: number;
  /** Events and results that were not yet accepted by the bus, released or not. */
  items: number;
  bytes: number;
  resultBytes: number;
  dropped: number;
  truncated: number;
  published: number;
  setAside: number;
  corrupted: number;
}

/** The ledger's row, mirrored in memory: change the row, then save it within the same transaction. */
export class Ledger {
  row: LedgerRow;
  readonly #update: StatementSync;
  #saved: LedgerRow;

  constructor(db: DatabaseSync) {
    this.row = { ...(db.prepare(select).get() as unknown as LedgerRow) };
    this.#saved = { ...this.row };
    this.#update = db.prepare(update);
  }

  save(): void {
    this.#update.run({ ...this.row });
  }

  committed(): void {
    this.#saved = { ...this.row };
  }

  rolledBack(): void {
    this.row = { ...this.#saved };
  }

  /** A drop that could not be written is remembered and saved with the next transaction. */
  countUnsaved(dropped: number): void {
    this.row.dropped += dropped;
    this.#saved.dropped += dropped;
  }

  /**
   * A new epoch for a new start. Epochs sort by start: fixed width, and past the last one even where the clock
   * was put back; the random part tells apart what was started from one snapshot.
   */
  startEpoch(now: number, uuid: string): void {
    this.row.epochAt = Math.max(now, this.row.epochAt + 1);
    this.row.epoch = `${String(this.row.epochAt).padStart(13, '0')}-${uuid.replaceAll(/[^0-9a-zA-Z]/g, '').slice(0, 12)}`;
    this.row.nextSeq = 1;
  }
}

const select = `
  SELECT epoch, epoch_at AS epochAt, next_seq AS nextSeq, items, bytes, result_bytes AS resultBytes,
    dropped, truncated, published, set_aside AS setAside, corrupted
  FROM ledger WHERE id = 1`;

const update = `
  UPDATE ledger SET epoch = :epoch, epoch_at = :epochAt, next_seq = :nextSeq, items = :items, bytes = :bytes,
    result_bytes = :resultBytes, dropped = :dropped, truncated = :truncated, published = :published,
    set_aside = :setAside, corrupted = :corrupted
  WHERE id = 1`;
