import type { DatabaseSync } from 'node:sqlite';
import { messageOf } from '#core/errors/odoopbx-error.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';

const gatherMs = 100;

/** Gathers writes by the row that they are about (the latest one counts) and makes one transaction of them. */
export interface GroupWriter {
  write(row: string, run: () => void): void;
  flush(): void;
}

export function groupWriter(database: DatabaseSync, clock: Clock, logger: Logger): GroupWriter {
  let waiting = new Map<string, () => void>();
  let scheduled = false;
  const flush = () => {
    if (waiting.size === 0 || !database.isOpen) return;
    const writes = waiting;
    waiting = new Map();
    try {
      database.exec('BEGIN IMMEDIATE');
      for (const write of writes.values()) write();
      database.exec('COMMIT');
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      // A full disk passes: the next group takes these along. There are no more of them than rows.
      waiting = new Map([...writes, ...waiting]);
      logger.error('the event database can not be written', { rows: writes.size, error: messageOf(error) });
    }
  };
  const flushLater = async () => {
    await clock.sleep(gatherMs);
    scheduled = false;
    flush();
  };
  return {
    flush,
    write: (row, run) => {
      waiting.set(row, run);
      if (scheduled) return;
      scheduled = true;
      void flushLater();
    },
  };
}
