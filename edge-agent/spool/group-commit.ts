import { messageOf, OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { EventRecord, ResultRecord } from './record.ts';
import type { AppendGroup, AppendOutcome } from './store-calls.ts';

export interface GroupCommitOptions {
  commit: (group: AppendGroup) => Promise<AppendOutcome>;
  clock: Clock;
  logger: Logger;
  /** How long the first event of a group waits for company; a result waits for none. */
  commitMs: number;
  /** Events that close a group at once. */
  maxItems: number;
  /** What may wait in memory while the disk stalls; past it the oldest events are dropped and counted. */
  maxPendingBytes: number;
}

interface PendingEvent {
  records: EventRecord[];
  bytes: number;
  truncated: number;
  resolve: () => void;
}

interface PendingResult {
  record: ResultRecord;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** Collects what arrives while the disk is busy into one transaction: one fsync for all of it. */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #events: PendingEvent[] = [];
  #eventBytes = 0;
  #results: PendingResult[] = [];
  #dropped = 0;
  #running: Promise<void> | null = null;
  #hurry = new AbortController();

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** Resolves when the records are on disk, or were dropped and counted; never rejects. */
  addEvent(records: EventRecord[], truncated: number): Promise<void> {
    return new Promise((resolve) => {
      let bytes = 0;
      for (const record of records) bytes += record.bytes;
      this.#events.push({ records, bytes, truncated, resolve });
      this.#eventBytes += bytes;
      if (this.#eventBytes > this.#options.maxPendingBytes) this.#dropOldest();
      if (this.#events.length >= this.#options.maxItems) this.#hurry.abort();
      this.#run();
    });
  }

  addResult(record: ResultRecord): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#results.push({ record, resolve, reject });
      this.#hurry.abort();
      this.#run();
    });
  }

  /** Resolves when everything that was added is on disk. */
  async flush(): Promise<void> {
    this.#hurry.abort();
    while (this.#running !== null) await this.#running;
  }

  #run(): void {
    this.#running ??= this.#commitAll();
  }

  async #commitAll(): Promise<void> {
    while (this.#events.length > 0 || this.#results.length > 0) {
      await this.#options.clock.sleep(this.#options.commitMs, this.#hurry.signal);
      this.#hurry = new AbortController();
      await this.#commitGroup();
    }
    // In the same turn as the check above: what is added next starts a new run.
    this.#running = null;
  }

  async #commitGroup(): Promise<void> {
    const events = this.#events;
    const results = this.#results;
    const group: AppendGroup = {
      now: this.#options.clock.now(),
      events: events.flatMap(({ records }) => records),
      results: results.map(({ record }) => record),
      truncated: events.reduce((sum, { truncated }) => sum + truncated, 0),
      dropped: this.#dropped,
    };
    this.#events = [];
    this.#eventBytes = 0;
    this.#results = [];
    this.#dropped = 0;
    try {
      const { refusedResults } = await this.#options.commit(group);
      const refused = new Set(refusedResults);
      for (const [place, { record, resolve, reject }] of results.entries()) {
        if (refused.has(place)) reject(full(record.jobId));
        else resolve();
      }
    } catch (error) {
      this.#dropped += group.dropped + group.events.length;
      this.#options.logger.error('spool.append_failed', {
        code: 'SPOOL_FAILED',
        events: group.events.length,
        cause: messageOf(error),
      });
      for (const { reject } of results) reject(error);
    }
    for (const { resolve } of events) resolve();
  }

  #dropOldest(): void {
    let drop = 0;
    const { maxPendingBytes } = this.#options;
    // Down to three quarters, so that a long stall does not shift the list event by event.
    for (const { bytes, records, resolve } of this.#events) {
      if (this.#eventBytes <= maxPendingBytes * 0.75) break;
      drop += 1;
      this.#eventBytes -= bytes;
      this.#dropped += records.length;
      resolve();
    }
    this.#events = this.#events.slice(drop);
    this.#options.logger.warn('spool.dropped', { reason: 'the disk is too slow', events: drop });
  }
}

function full(jobId: string): OdoopbxError {
  return new OdoopbxError('SPOOL_FULL', `the spool has no room for the result of job ${jobId}`, {
    retryable: true,
  });
}
