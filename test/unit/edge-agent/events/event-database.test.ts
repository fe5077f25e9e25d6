import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openEventDatabase } from '#edge-agent/events/event-database.ts';
import { recordingLogger } from '#test/support/recording-logger.ts';
import { timerClock } from '#test/support/timer-clock.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'event-database-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function setUp() {
  const path = join(folder, 'events.sqlite');
  const clock = timerClock();
  const logger = recordingLogger();
  const database = openEventDatabase(path, clock, logger);
  const other = new DatabaseSync(path);
  const rows = () => other.prepare('SELECT count(*) AS rows FROM channel').get()?.['rows'];
  return { ...database, clock, logger, other, rows };
}

test('writes are gathered, and reach the disk by themselves', async () => {
  const { channelStore, clock, rows, other, close } = setUp();
  for (let id = 0; id < 500; id += 1)
    channelStore.put({ uniqueid: String(id), headers: { Uniqueid: String(id) } });
  expect(rows()).toBe(0);
  await clock.advance(200);
  expect(rows()).toBe(500);
  for (let id = 0; id < 499; id += 1) channelStore.remove(String(id));
  channelStore.flush();
  expect(rows()).toBe(1);
  other.close();
  close();
});

test('what could not be written is written with the next group', async () => {
  const { channelStore, clock, rows, other, logger, close } = setUp();
  other.exec('BEGIN IMMEDIATE');
  channelStore.put({ uniqueid: '1', headers: {} });
  channelStore.flush();
  expect(logger.at('error')).toEqual([expect.objectContaining({ rows: 1 })]);
  other.exec('COMMIT');
  channelStore.put({ uniqueid: '2', headers: {} });
  await clock.advance(200);
  expect(rows()).toBe(2);
  other.close();
  close();
});

test('a write after the end is dropped without harm', async () => {
  const { channelStore, clock, other, close, logger } = setUp();
  close();
  channelStore.put({ uniqueid: '1', headers: {} });
  await clock.advance(200);
  expect(logger.at('error')).toEqual([]);
  other.close();
});

test('a file that is no database is set aside', () => {
  writeFileSync(
    join(folder, 'events.sqlite'),
    'not a database, but long enough to be taken for one'.repeat(100),
  );
  const logger = recordingLogger();
  const database = openEventDatabase(join(folder, 'events.sqlite'), timerClock(), logger);
  expect(database.channelStore.load()).toEqual([]);
  database.close();
  expect(logger.at('error')).toHaveLength(1);
  expect(readdirSync(folder)).toContain('events.sqlite.unusable');
});

test('a file with a damaged page is set aside', () => {
  const path = join(folder, 'events.sqlite');
  const { channelStore, other, close } = setUp();
  for (let id = 0; id < 500; id += 1)
    channelStore.put({ uniqueid: String(id), headers: { A: 'x'.repeat(99) } });
  other.close();
  close();
  const file = readFileSync(path);
  file.fill(0xff, 3 * 4096, 8 * 4096);
  writeFileSync(path, file);
  const logger = recordingLogger();
  const database = openEventDatabase(path, timerClock(), logger);
  expect(database.channelStore.load()).toEqual([]);
  database.close();
  expect(logger.at('error')).toHaveLength(1);
});

test('a file that can not be used for now stays what it is', () => {
  const path = join(folder, 'events.sqlite');
  const first = setUp();
  first.channelStore.put({ uniqueid: '1', headers: {} });
  first.other.close();
  first.close();
  const holder = new DatabaseSync(path);
  holder.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  expect(() => openEventDatabase(path, timerClock(), recordingLogger())).toThrow(/locked/);
  holder.close();
  const database = openEventDatabase(path, timerClock(), recordingLogger());
  expect(database.channelStore.load()).toHaveLength(1);
  database.close();
});
