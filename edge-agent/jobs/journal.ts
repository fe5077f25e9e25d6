/*
 * The job journal: what makes "at most once" true across crashes. Invariants:
 *
 * 1. A job id has at most one row, and the row is on disk (synchronous=FULL) before its message is deleted and
 *    before anything runs. Whoever finds a row did not insert it and does not run the job.
 * 2. Only `journaled → running` starts a job, and only the process that inserted the row makes this step.
 * 3. A job's result is written into its row before it goes to the spool, and never changes afterwards. So
 *    after a crash the same result is reported again (the cloud knows it by its job id), never another one.
 * 4. A row that a crash left `journaled` or `running` is finished as `interrupted` at the next start. It is
 *    never run: a phone may be ringing already. Except for a job that has done its work and whose result is on its
 *    way to the upload address: its upload is in here too, and goes on.
 * 5. `reported` is set only after the spool holds the result on disk. Until then every start reports it again.
 * 6. Rows stay longer than the PBX's queue keeps a message (14 days), so that no message outlives its row.
 */
import { DatabaseSync } from 'node:sqlite';
import { OdoopbxError, messageOf } from '#core/errors/odoopbx-error.ts';
import type { JobResult } from '#core/contracts/job-result.ts';
import type { UploadOrder } from '#core/ports/uploader.ts';

export const journalRetentionMs = 21 * 86_400_000;

export interface UnfinishedJob {
  id: string;
  fun: string;
  /** Unix seconds; null: it had not started. */
  startedAt: number | null;
}

export interface UploadingJob {
  order: UploadOrder;
  /** Unix seconds. */
  startedAt: number | null;
}

/** All calls are synchronous and durable when they return. They throw when the disk does not take the write. */
export interface JobJournal {
  /** False when the id is known: then the job is somebody else's, or done. `at`: Unix seconds. */
  add(job: { id: string; fun: string }, at: number): boolean;
  /** Journals a job that must not run, with its result. False when the id is known. */
  addFinished(fun: string, result: JobResult): boolean;
  start(id: string, at: number): void;
  /** The job ran, and is finished when its result was uploaded. */
  addUpload(order: UploadOrder): void;
  finish(result: JobResult): void;
  markReported(id: string): void;
  /** Without those that upload. */
  unfinished(): UnfinishedJob[];
  uploading(): UploadingJob[];
  /** Results that the spool may not hold yet, oldest first. */
  unreported(): JobResult[];
  /** Deletes reported rows that were made before `before` (Unix seconds). */
  prune(before: number): number;
  close(): void;
}

const schema = `
  CREATE TABLE IF NOT EXISTS job (
    id TEXT PRIMARY KEY,
    fun TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('journaled', 'running', 'finished')),
    created_at REAL NOT NULL,
    started_at REAL,
    result TEXT,
    reported INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS upload (job_id TEXT PRIMARY KEY, upload TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS job_open ON job (created_at) WHERE reported = 0;
`;

/** Opens or makes the journal. Throws JOURNAL_UNUSABLE, also when another agent has it open. */
export function openJournal(path: string): JobJournal {
  const db = open(path);
  const insert = db.prepare('INSERT OR IGNORE INTO job (id, fun, state, created_at) VALUES (?, ?, ?, ?)');
  const insertFinished = db.prepare(
    "INSERT OR IGNORE INTO job (id, fun, state, created_at, started_at, result) VALUES (?, ?, 'finished', ?, ?, ?)",
  );
  const start = db.prepare(
    "UPDATE job SET state = 'running', started_at = ? WHERE id = ? AND state = 'journaled'",
  );
  const finish = db.prepare(
    "UPDATE job SET state = 'finished', result = ? WHERE id = ? AND state <> 'finished'",
  );
  const report = db.prepare("UPDATE job SET reported = 1, result = NULL WHERE id = ? AND state = 'finished'");
  const unfinished = db.prepare(
    `SELECT id, fun, started_at FROM job WHERE reported = 0 AND state <> 'finished'
       AND id NOT IN (SELECT job_id FROM upload) ORDER BY created_at`,
  );
  const addUpload = db.prepare(
    "INSERT INTO upload (job_id, upload) SELECT id, ? FROM job WHERE id = ? AND state = 'running'",
  );
  const removeUpload = db.prepare('DELETE FROM upload WHERE job_id = ?');
  const uploading = db.prepare(
    "SELECT upload, started_at FROM upload JOIN job ON job.id = job_id AND state = 'running' ORDER BY created_at",
  );
  const unreported = db.prepare(
    "SELECT result FROM job WHERE reported = 0 AND state = 'finished' ORDER BY created_at",
  );
  const prune = db.prepare('DELETE FROM job WHERE reported = 1 AND created_at < ?');

  return {
    add: ({ id, fun }, at) => Number(insert.run(id, fun, 'journaled', at).changes) === 1,
    addFinished: (fun, result) =>
      Number(
        insertFinished.run(result.jobId, fun, result.finishedAt, result.startedAt, JSON.stringify(result))
          .changes,
      ) === 1,
    start: (id, at) => must(start.run(at, id).changes, 'started', id),
    addUpload: (order) =>
      must(addUpload.run(JSON.stringify(order), order.jobId).changes, 'uploading', order.jobId),
    finish(result) {
      must(finish.run(JSON.stringify(result), result.jobId).changes, 'finished', result.jobId);
      // Left over by a crash right here it is a finished job's, which uploading() does not tell.
      removeUpload.run(result.jobId);
    },
    markReported: (id) => must(report.run(id).changes, 'marked reported', id),
    unfinished: () =>
      unfinished.all().map((row) => ({
        id: String(row['id']),
        fun: String(row['fun']),
        startedAt: typeof row['started_at'] === 'number' ? row['started_at'] : null,
      })),
    uploading: () =>
      uploading.all().map((row) => ({
        order: JSON.parse(String(row['upload'])) as UploadOrder,
        startedAt: typeof row['started_at'] === 'number' ? row['started_at'] : null,
      })),
    unreported: () => unreported.all().map((row) => JSON.parse(String(row['result'])) as JobResult),
    prune: (before) => Number(prune.run(before).changes),
    close: () => db.close(),
  };
}

/** A step that finds no row to take it breaks an invariant: better a loud error than a second run. */
function must(changes: number | bigint, step: string, id: string): void {
  if (Number(changes) !== 1) throw new OdoopbxError('JOURNAL_UNUSABLE', `job ${id} can not be ${step} now`);
}

function open(path: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path);
    // EXCLUSIVE keeps a second agent out: it would report this one's running jobs as interrupted.
    db.exec(
      'PRAGMA locking_mode = EXCLUSIVE; PRAGMA busy_timeout = 300; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;',
    );
    db.exec(schema);
    return db;
  } catch (error) {
    db?.close();
    const busy = /locked|busy/i.test(messageOf(error));
    throw new OdoopbxError(
      'JOURNAL_UNUSABLE',
      busy
        ? `the job journal ${path} is in use: another agent runs with this state folder; stop that one, or give this one a folder of its own`
        : `the job journal ${path} can not be used: ${messageOf(error)}`,
      { cause: error },
    );
  }
}
