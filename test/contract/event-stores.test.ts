import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe } from 'vitest';
import { silentLogger } from '#core/ports/logger.ts';
import { openEventDatabase, type EventDatabase } from '#edge-agent/events/event-database.ts';
import { memoryCdrStore, memoryChannelStore } from '#test/support/memory-event-stores.ts';
import { timerClock } from '#test/support/timer-clock.ts';
import { eventStoresContract } from './event-stores.ts';

describe('event stores in memory', () => {
  eventStoresContract(
    () => ({ channelStore: memoryChannelStore(), cdrStore: memoryCdrStore() }),
    (stores) => stores,
  );
});

describe('event stores in SQLite', () => {
  const folders: string[] = [];
  const open: EventDatabase[] = [];
  afterEach(() => {
    for (const database of open.splice(0)) database.close();
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });
  const at = (path: string) => {
    const database = openEventDatabase(path, timerClock(), silentLogger);
    open.push(database);
    return database;
  };
  eventStoresContract(
    () => {
      folders.push(mkdtempSync(join(tmpdir(), 'event-stores-')));
      return at(join(folders.at(-1)!, 'state', 'events.sqlite'));
    },
    () => {
      open.pop()?.close();
      return at(join(folders.at(-1)!, 'state', 'events.sqlite'));
    },
  );
});
