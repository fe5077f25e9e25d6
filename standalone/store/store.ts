import type { Clock } from '#core/ports/clock.ts';
import { openDatabase } from './database.ts';
import { StandaloneInbox } from './inbox.ts';
import { SqliteJobStore } from './job-store.ts';
import { JobTable } from './job-table.ts';
import { SqlitePbxDirectory } from './pbx-directory.ts';

/** Everything that standalone keeps on the cloud's side, in one file. */
export interface Store {
  readonly inbox: StandaloneInbox;
  readonly queue: JobTable;
  readonly jobs: SqliteJobStore;
  readonly directory: SqlitePbxDirectory;
  close(): void;
}

/** `path`: a file, or `:memory:`. */
export function openStore(
  path: string,
  clock: Clock,
  limits: { maxInboxBytes?: number; maxParked?: number } = {},
): Store {
  const db = openDatabase(path);
  const { maxInboxBytes, maxParked } = limits;
  return {
    inbox: new StandaloneInbox(db, clock, {
      ...(maxInboxBytes === undefined ? {} : { maxBytes: maxInboxBytes }),
      ...(maxParked === undefined ? {} : { maxParked }),
    }),
    queue: new JobTable(db, clock),
    jobs: new SqliteJobStore(db),
    directory: new SqlitePbxDirectory(db),
    close: () => db.close(),
  };
}
