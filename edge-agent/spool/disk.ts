import { DatabaseSync } from 'node:sqlite';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { messageOf, OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { migrate } from './schema.ts';

export type DiskTrouble = 'corrupt' | 'locked' | 'full';

const sqliteCodes: Readonly<Record<number, DiskTrouble>> = {
  5: 'locked', // SQLITE_BUSY
  6: 'locked', // SQLITE_LOCKED
  8: 'full', // SQLITE_READONLY: remounted read-only after an error
  10: 'full', // SQLITE_IOERR: quota, fsync without space
  11: 'corrupt', // SQLITE_CORRUPT
  13: 'full', // SQLITE_FULL, ENOSPC
  14: 'full', // SQLITE_CANTOPEN: no inode for the WAL
  26: 'corrupt', // SQLITE_NOTADB
};

const fileSystemCodes = new Set<unknown>(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO']);

/** What is wrong with the disk or the file; undefined where the error is none of theirs. */
export function diskTrouble(error: unknown): DiskTrouble | undefined {
  if (error instanceof Error && 'code' in error && fileSystemCodes.has(error.code)) return 'full';
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number')
    return undefined;
  return sqliteCodes[error.errcode & 0xff]; // the low byte is the primary code
}

/** Checking a whole file takes long on a slow disk; damage in a larger one shows when it is read. */
const maxCheckedBytes = 64 * 1024 * 1024;
const lockWaitMs = 2_000;
const keptCorruptFiles = 3;

/**
 * Opens the file and holds its lock: WAL, synchronous=FULL (a commit is on the disk when it returns), mode
 * 0600 for the phone numbers in it. Throws SPOOL_LOCKED, SPOOL_UNREADABLE, or SQLite's error where corrupt.
 */
export function openDatabase(path: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // Only where there is none: closing any descriptor of a file gives up its process's POSIX locks.
    if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
    db = new DatabaseSync(path, { timeout: lockWaitMs });
    // Before the first access: so the lock is never given up, and there is no shared memory file.
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA auto_vacuum = INCREMENTAL;');
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216;');
    migrate(db);
    if (statSync(path).size <= maxCheckedBytes) check(db);
    return db;
  } catch (error) {
    db?.close();
    const trouble = diskTrouble(error);
    if (trouble === 'corrupt' || error instanceof OdoopbxError) throw error;
    if (trouble === 'locked')
      throw new OdoopbxError('SPOOL_LOCKED', `the spool ${path} is in use by another agent`, {
        cause: error,
      });
    throw new OdoopbxError('SPOOL_UNREADABLE', `the spool ${path} can not be opened: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function check(db: DatabaseSync): void {
  const answer = db.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
  if (answer !== 'ok') throw Object.assign(new Error(`quick_check: ${String(answer)}`), { errcode: 11 });
}

/**
 * Renames a corrupt file, and its WAL, which may hold the newest rows, to `<path>.corrupt-<time>`; the newest three are kept. Returns the new name.
 */
export function setFileAside(path: string, now: number): string {
  const time = new Date(now).toISOString().replaceAll(/[-:.]/g, '');
  let aside = `${path}.corrupt-${time}`;
  for (let nth = 2; existsSync(aside); nth += 1) aside = `${path}.corrupt-${time}-${nth}`;
  renameSync(path, aside);
  for (const suffix of ['-wal', '-journal', '-shm'])
    if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  const older = readdirSync(dirname(path))
    .filter((name) => name.startsWith(`${basename(path)}.corrupt-`) && !/-(wal|journal|shm)$/.test(name))
    .sort()
    .slice(0, -keptCorruptFiles);
  for (const name of older)
    for (const suffix of ['', '-wal', '-journal', '-shm'])
      rmSync(join(dirname(path), name + suffix), { force: true });
  return aside;
}

/** Writes and deletes this much: throws while the disk does not take it. */
export function tryRoom(db: DatabaseSync, bytes: number): void {
  db.exec('DELETE FROM probe');
  db.prepare('INSERT INTO probe VALUES (zeroblob(?))').run(bytes);
  db.exec('PRAGMA wal_checkpoint(PASSIVE); DELETE FROM probe;');
}

/** Bytes of the file's pages that are free for new rows. */
export function freeBytes(db: DatabaseSync): number {
  const pages = Number(db.prepare('PRAGMA freelist_count').get()?.['freelist_count'] ?? 0);
  return pages * Number(db.prepare('PRAGMA page_size').get()?.['page_size'] ?? 0);
}

/** Gives pages of an empty spool back to the disk, a bounded number at a time. */
export function shrink(db: DatabaseSync): void {
  const keptPages = 4_096;
  const free = Number(db.prepare('PRAGMA freelist_count').get()?.['freelist_count'] ?? 0);
  if (free > keptPages) db.exec(`PRAGMA incremental_vacuum(${Math.min(2_000, free - keptPages)})`);
}
