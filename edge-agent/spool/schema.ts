import type { DatabaseSync } from 'node:sqlite';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';

/** One step per version of the file, never changed once released; `user_version` counts the steps taken. */
const migrations: readonly string[] = [
  `
  CREATE TABLE ledger (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch TEXT NOT NULL, epoch_at INTEGER NOT NULL, next_seq INTEGER NOT NULL,
    items INTEGER NOT NULL, bytes INTEGER NOT NULL, result_bytes INTEGER NOT NULL,
    dropped INTEGER NOT NULL, truncated INTEGER NOT NULL, published INTEGER NOT NULL,
    set_aside INTEGER NOT NULL, corrupted INTEGER NOT NULL
  ) STRICT;
  INSERT INTO ledger VALUES (1, '', 0, 1, 0, 0, 0, 0, 0, 0, 0, 0);

  -- Events that wait for their due time or for a batch. The index carries the id: due order, then insertion.
  CREATE TABLE item (
    id INTEGER PRIMARY KEY, due_at INTEGER NOT NULL, spooled_at INTEGER NOT NULL,
    bytes INTEGER NOT NULL, body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX item_due ON item (due_at);

  -- Released batches, byte for byte as they are sent.
  CREATE TABLE batch (
    id INTEGER PRIMARY KEY, epoch TEXT NOT NULL, first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,
    spooled_from INTEGER NOT NULL, spooled_to INTEGER NOT NULL, bytes INTEGER NOT NULL, detail TEXT NOT NULL
  ) STRICT;

  -- One result per job: the first one stays.
  CREATE TABLE result (
    id INTEGER PRIMARY KEY, job_id TEXT NOT NULL UNIQUE, spooled_at INTEGER NOT NULL,
    bytes INTEGER NOT NULL, detail TEXT NOT NULL
  ) STRICT;

  CREATE TABLE set_aside (
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, source TEXT NOT NULL, detail_type TEXT NOT NULL,
    detail TEXT NOT NULL, bytes INTEGER NOT NULL, error TEXT NOT NULL
  ) STRICT;

  -- Written and emptied to find out whether a full disk has healed.
  CREATE TABLE probe (filler BLOB NOT NULL) STRICT;
  `,
  `
  -- What the last events told, so that a guess about one of them is not told on top.
  CREATE TABLE told (id INTEGER PRIMARY KEY, what TEXT NOT NULL UNIQUE) STRICT;
  `,
];

/** Brings the file to this version, in one transaction. Takes the lock, even where there is nothing to do. */
export function migrate(db: DatabaseSync): void {
  db.exec('BEGIN EXCLUSIVE');
  try {
    const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
    if (version > migrations.length)
      throw new OdoopbxError(
        'SPOOL_UNREADABLE',
        `the spool was written by a newer agent (version ${version}, this one knows ${migrations.length})`,
      );
    for (const step of migrations.slice(version)) db.exec(step);
    db.exec(`PRAGMA user_version = ${migrations.length}`);
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
