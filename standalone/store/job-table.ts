import type { DatabaseSync } from 'node:sqlite';
import type { Job } from '#core/contracts/job.ts';
import type { PbxId } from '#core/contracts/names.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { JobQueue } from '#core/ports/job-queue.ts';
import type { JobSource, ReceivedJob } from '#core/ports/job-source.ts';
import { transaction } from './database.ts';

/** A message that was received and not deleted comes again after this. */
const visibilityMs = 30_000;

/** The job queues of standalone: one table, both of its ends. */
export class JobTable implements JobQueue {
  readonly #db: DatabaseSync;
  readonly #clock: Clock;
  readonly #wakers = new Set<() => void>();

  constructor(db: DatabaseSync, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  async send(pbx: PbxId, job: Job): Promise<void> {
    this.sendBody(pbx, job.id, JSON.stringify(job));
  }

  sendBody(pbx: PbxId, jobId: string, body: string): void {
    this.#db.prepare('INSERT INTO job_queue (pbx, job_id, body) VALUES (?, ?, ?)').run(pbx, jobId, body);
    for (const wake of this.#wakers) wake();
  }

  /** Makes what was received and not deleted visible again. */
  release(): void {
    this.#db.prepare('UPDATE job_queue SET visible_at = 0').run();
    for (const wake of this.#wakers) wake();
  }

  depth(): number {
    return (this.#db.prepare('SELECT count(*) AS n FROM job_queue').get() as { n: number }).n;
  }

  /** Takes a job out that nobody received; false where it is gone or being worked on. */
  withdraw(jobId: string): boolean {
    const now = this.#clock.now();
    return (
      this.#db.prepare('DELETE FROM job_queue WHERE job_id = ? AND visible_at <= ?').run(jobId, now).changes >
      0
    );
  }

  holds(jobId: string): boolean {
    return this.#db.prepare('SELECT 1 FROM job_queue WHERE job_id = ?').get(jobId) !== undefined;
  }

  /** The agent's end of a PBX's queue. */
  sourceOf(pbx: PbxId): JobSource {
    return {
      receive: async ({ max, waitMs, signal }) => {
        if (signal?.aborted) return [];
        const at = this.#clock.now() + waitMs;
        for (;;) {
          const taken = this.#take(pbx, Math.min(max, 10));
          const left = at - this.#clock.now();
          if (taken.length > 0 || left <= 0 || signal?.aborted) return taken;
          await this.#untilWoken(left, signal);
        }
      },
      delete: async (receipt) => {
        this.#db.prepare('DELETE FROM job_queue WHERE id = ? AND pbx = ?').run(Number(receipt), pbx);
      },
    };
  }

  #take(pbx: PbxId, max: number): ReceivedJob[] {
    return transaction(this.#db, () => {
      const now = this.#clock.now();
      const rows = this.#db
        .prepare(
          // Further ahead than it is ever set: the clock was put back.
          `SELECT id, body FROM job_queue
           WHERE pbx = ? AND (visible_at <= ? OR visible_at > ?) ORDER BY id LIMIT ?`,
        )
        .all(pbx, now, now + visibilityMs, max) as { id: number; body: string }[];
      const hide = this.#db.prepare('UPDATE job_queue SET visible_at = ? WHERE id = ?');
      for (const row of rows) hide.run(now + visibilityMs, row.id);
      return rows.map((row) => ({ body: row.body, receipt: String(row.id) }));
    });
  }

  async #untilWoken(ms: number, signal?: AbortSignal): Promise<void> {
    const woken = new AbortController();
    const wake = () => woken.abort();
    this.#wakers.add(wake);
    try {
      await this.#clock.sleep(ms, signal ? AbortSignal.any([signal, woken.signal]) : woken.signal);
    } finally {
      this.#wakers.delete(wake);
    }
  }
}
