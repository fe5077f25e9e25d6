import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** An entry that the bus refused for good. */
export interface SetAsideEntry {
  id: number;
  /** Unix milliseconds at which it was refused. */
  at: number;
  source: string;
  detailType: string;
  detail: string;
  error: string;
}

const keptEntries = 1_000;
const keptBytes = 16 * 1024 * 1024;

/** The refused entries with their errors, for a person to look at: the newest thousand, at most 16 MB. */
export class SetAside {
  readonly #insert: StatementSync;
  readonly #sizes: StatementSync;
  readonly #prune: StatementSync;
  readonly #list: StatementSync;

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare(
      `INSERT INTO set_aside (at, source, detail_type, detail, bytes, error)
       VALUES (:at, :source, :detailType, :detail, :bytes, :error)`,
    );
    this.#sizes = db.prepare('SELECT id, bytes FROM set_aside ORDER BY id DESC');
    this.#prune = db.prepare('DELETE FROM set_aside WHERE id <= ?');
    this.#list = db.prepare(
      `SELECT id, at, source, detail_type AS detailType, detail, error
       FROM set_aside ORDER BY id DESC LIMIT ?`,
    );
  }

  /** Inside a transaction. Returns how many older entries had to go. */
  add(entries: readonly Omit<SetAsideEntry, 'id'>[]): number {
    for (const { at, source, detailType, detail, error } of entries)
      this.#insert.run({ at, source, detailType, detail, bytes: Buffer.byteLength(detail), error });
    return this.#bound();
  }

  list(limit: number): SetAsideEntry[] {
    return this.#list.all(limit).map((row) => ({ ...row })) as unknown as SetAsideEntry[];
  }

  #bound(): number {
    let kept = 0;
    let bytes = 0;
    for (const row of this.#sizes.all()) {
      kept += 1;
      bytes += Number(row['bytes']);
      if (kept > keptEntries || bytes > keptBytes) return Number(this.#prune.run(Number(row['id'])).changes);
    }
    return 0;
  }
}
