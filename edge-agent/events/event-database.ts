import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { messageOf } from '#core/errors/odoopbx-error.ts';
import type { CdrStore } from '#core/ports/cdr-store.ts';
import type { ChannelStore } from '#core/ports/channel-store.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import { cdrRows } from './cdr-rows.ts';
import { channelRows } from './channel-rows.ts';
import { groupWriter } from './group-writer.ts';

export interface EventDatabase {
  channelStore: ChannelStore;
  cdrStore: CdrStore;
  /** Writes what is buffered and closes the file. */
  close(): void;
}

const schema = `
  CREATE TABLE IF NOT EXISTS channel (uniqueid TEXT PRIMARY KEY, headers TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS mark (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS seen_cdr (key TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
`;

/**
 * What the event side must remember over a restart, in one SQLite file: open channels, the last sign of life, the
 * Cdrs seen lately. Writes are gathered for 100 ms and become one transaction; a killed process loses at most
 * that, a power loss a little more (`synchronous = NORMAL`): losing some is repaired at the next gap, and what
 * must never be lost is in the spool. A file that is damaged, or no database (any more), is set aside; one that can
 * not be used for now (a lock, a full disk) is left alone and SQLite's error thrown.
 */
export function openEventDatabase(path: string, clock: Clock, logger: Logger): EventDatabase {
  const database = open(path, logger);
  const writer = groupWriter(database, clock, logger);
  return {
    channelStore: channelRows(database, writer),
    cdrStore: cdrRows(database, writer),
    close: () => {
      writer.flush();
      database.close();
    },
  };
}

function open(path: string, logger: Logger): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true });
  try {
    return prepared(path);
  } catch (error) {
    // A full disk or a lock passes: what the file remembers must be there afterwards.
    if (!isDamage(error)) throw error;
    logger.error('the event database can not be used: it is set aside', { path, error: messageOf(error) });
    renameSync(path, `${path}.unusable`);
    for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
    return prepared(path);
  }
}

function prepared(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 100;');
    database.exec(schema);
    const answer = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
    if (answer !== 'ok') throw Object.assign(new Error(`quick_check: ${String(answer)}`), { errcode: 11 });
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** SQLITE_CORRUPT and SQLITE_NOTADB; the low byte is the primary code. */
function isDamage(error: unknown): boolean {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return false;
  return [11, 26].includes(error.errcode & 0xff);
}
