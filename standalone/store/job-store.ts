import type { DatabaseSync } from 'node:sqlite';
import type { Callback } from '#core/contracts/callback.ts';
import type { JobStatus } from '#core/contracts/job-result.ts';
import type { JobRecord, JobStore } from '#core/ports/job-store.ts';
import { transaction } from './database.ts';

interface JobRow {
  id: string;
  pbx: string;
  fun: string;
  as_list: number;
  callback: string | null;
  created_at: number;
  expires_at: number;
  delivered_status: JobStatus | null;
}

function recordOf(row: JobRow): JobRecord {
  return {
    id: row.id,
    pbx: row.pbx,
    fun: row.fun,
    asList: row.as_list === 1,
    callback: row.callback === null ? null : (JSON.parse(row.callback) as Callback),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    deliveredStatus: row.delivered_status,
  };
}

/** Jobs with their callbacks, which never leave this side. */
export class SqliteJobStore implements JobStore {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  async create(record: JobRecord, idempotencyKey?: string): Promise<{ created: boolean; id: string }> {
    return transaction(this.#db, () => {
      if (idempotencyKey !== undefined) {
        const known = this.#db
          .prepare('SELECT job_id FROM idempotency WHERE pbx = ? AND key = ?')
          .get(record.pbx, idempotencyKey) as { job_id: string } | undefined;
        if (known) return { created: false, id: known.job_id };
        this.#db
          .prepare('INSERT INTO idempotency (pbx, key, job_id, created_at) VALUES (?, ?, ?, ?)')
          .run(record.pbx, idempotencyKey, record.id, record.createdAt);
      }
      this.#db
        .prepare(
          'INSERT INTO jobs (id, pbx, fun, as_list, callback, created_at, expires_at, delivered_status) ' +
            'VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        )
        .run(
          record.id,
          record.pbx,
          record.fun,
          record.asList ? 1 : 0,
          record.callback === null ? null : JSON.stringify(record.callback),
          record.createdAt,
          record.expiresAt,
          record.deliveredStatus,
        );
      return { created: true, id: record.id };
    });
  }

  async find(pbx: string, id: string): Promise<JobRecord | undefined> {
    const row = this.#db.prepare('SELECT * FROM jobs WHERE id = ? AND pbx = ?').get(id, pbx) as
      JobRow | undefined;
    return row === undefined ? undefined : recordOf(row);
  }

  async markDelivered(pbx: string, id: string, status: JobStatus): Promise<void> {
    this.#db
      .prepare('UPDATE jobs SET delivered_status = ? WHERE id = ? AND pbx = ? AND delivered_status IS NULL')
      .run(status, id, pbx);
  }

  /** Jobs past `before` (Unix seconds) without an answer that the sweeper has not seen yet. */
  overdue(before: number): JobRecord[] {
    const rows = this.#db
      .prepare(
        'SELECT * FROM jobs WHERE expires_at < ? AND delivered_status IS NULL AND swept = 0 ' +
          'ORDER BY expires_at LIMIT 100',
      )
      .all(before) as unknown as JobRow[];
    return rows.map((row) => recordOf(row));
  }

  markSwept(id: string): void {
    this.#db.prepare('UPDATE jobs SET swept = 1 WHERE id = ?').run(id);
  }

  /** Forgets jobs created before (Unix seconds). */
  prune(before: number): void {
    this.#db.prepare('DELETE FROM jobs WHERE created_at < ?').run(before);
    this.#db.prepare('DELETE FROM idempotency WHERE created_at < ?').run(before);
  }
}
