import type { DatabaseSync, StatementSync } from 'node:sqlite';

const remembered = 10_000;

/**
 * What the last events told. It changes in the transaction that spools the event, so that after a crash there is no
 * doubt whether it was told.
 */
export class Told {
  readonly #insert: StatementSync;
  readonly #prune: StatementSync;

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare('INSERT INTO told (what) VALUES (?) ON CONFLICT DO NOTHING RETURNING id');
    this.#prune = db.prepare('DELETE FROM told WHERE id <= ?');
  }

  /** True when it was not told before. */
  note(what: string): boolean {
    const id = this.#insert.get(what)?.['id'];
    if (id === undefined) return false;
    this.#prune.run(Number(id) - remembered);
    return true;
  }
}
