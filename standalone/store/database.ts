import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const schema = `
  CREATE TABLE IF NOT EXISTS inbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    detail_type TEXT NOT NULL,
    detail TEXT NOT NULL,
    received_at REAL NOT NULL,
    receive_count INTEGER NOT NULL DEFAULT 0,
    visible_at REAL NOT NULL DEFAULT 0,
    code TEXT,
    message TEXT
  ) STRICT;
  CREATE TABLE IF NOT EXISTS parked (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    detail_type TEXT NOT NULL,
    detail TEXT NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    traceback TEXT,
    parked_at REAL NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS job_queue (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    pbx TEXT NOT NULL,
    job_id TEXT NOT NULL,
    body TEXT NOT NULL,
    visible_at REAL NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX IF NOT EXISTS job_queue_pbx ON job_queue (pbx, id);
  CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY,
    pbx TEXT NOT NULL,
    fun TEXT NOT NULL,
    as_list INTEGER NOT NULL,
    callback TEXT,
    created_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    delivered_status TEXT,
    swept INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS jobs_open ON jobs (expires_at) WHERE delivered_status IS NULL AND swept = 0;
  CREATE INDEX IF NOT EXISTS jobs_created ON jobs (created_at);
  CREATE TABLE IF NOT EXISTS idempotency (
    pbx TEXT NOT NULL,
    key TEXT NOT NULL,
    job_id TEXT NOT NULL,
    created_at REAL NOT NULL,
    PRIMARY KEY (pbx, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS pbx (
    pbx TEXT PRIMARY KEY,
    key_hashes TEXT NOT NULL DEFAULT '[]',
    instance_uid TEXT,
    last_seen REAL,
    status TEXT
  ) STRICT, WITHOUT ROWID;
`;

/** Raised when the tables change shape; an older file is brought up in openStore. */
const schemaVersion = 1;

/**
 * The cloud's side of standalone in one SQLite file. `synchronous=FULL`: what a transaction has committed
 * survives the loss of power, so that "accepted" may be said right after it.
 */
export function openDatabase(path: string): DatabaseSync {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const db = new DatabaseSync(path, { timeout: 5000 });
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216;');
  const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number };
  if (version > schemaVersion) {
    db.close();
    throw new Error(`${path} was written by a newer version of this program`);
  }
  db.exec(schema);
  db.exec(`PRAGMA user_version = ${schemaVersion}`);
  return db;
}

/** All or nothing. */
export function transaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}
