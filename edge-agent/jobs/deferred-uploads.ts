/*
 * Jobs that ran and whose result is a file on its way: they hold up no other job, and a stop or a crash only
 * interrupts the way (see journal.ts, 4). Each ends as any job does, by one result.
 */
import { longestUploadSeconds } from '#core/contracts/upload.ts';
import { messageOf, OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Uploader, UploadOrder } from '#core/ports/uploader.ts';
import type { LargeResult } from './functions/job-function.ts';
import type { JobJournal } from './journal.ts';
import { type JobOutcome, problem } from './run-job.ts';

/** More do not wait at the same time: what is staged for them fills the disk. */
const maxUploads = 200;

export interface DeferredUploads {
  /** Journals the upload and begins it. Rejects when it can not be kept. */
  begin(jobId: string, large: LargeResult, startedAt: number): Promise<void>;
  /** Goes on with what the journal has. */
  resume(): void;
  /** Interrupts them; the next start goes on. */
  stop(): Promise<void>;
}

export function createDeferredUploads(options: {
  journal: JobJournal;
  uploader: Uploader;
  clock: Clock;
  logger: Logger;
  finish: (jobId: string, outcome: JobOutcome, startedAt: number | null) => Promise<void>;
}): DeferredUploads {
  const { journal, uploader, clock, logger, finish } = options;
  const stopped = new AbortController();
  const running = new Set<Promise<void>>();

  async function follow(order: UploadOrder, startedAt: number | null): Promise<void> {
    let outcome: JobOutcome;
    try {
      outcome = { status: 'done', result: await uploader.upload(order, stopped.signal) };
    } catch (error) {
      if (stopped.signal.aborted) return;
      const code = error instanceof OdoopbxError ? error.code : 'JOB_FAILED';
      outcome = problem('failed', code, messageOf(error));
    }
    await finish(order.jobId, outcome, startedAt);
    await uploader.forget(order.jobId);
  }

  function track(jobId: string, work: Promise<void>): void {
    const tracked: Promise<void> = work
      .catch((error: unknown) => logger.error('upload step failed', { jobId, error: messageOf(error) }))
      .finally(() => running.delete(tracked));
    running.add(tracked);
  }

  return {
    async begin(jobId, { address, upload, content }, startedAt) {
      if (running.size >= maxUploads) {
        throw new OdoopbxError('UPLOAD_REFUSED', `${maxUploads} files wait for their upload already`);
      }
      const latest = clock.now() / 1000 + longestUploadSeconds;
      const order: UploadOrder = {
        ...upload,
        jobId,
        url: address.url,
        ...(address.database === undefined ? {} : { database: address.database }),
        deadline: Math.min(address.expires_at ?? latest, latest),
      };
      if (content) await uploader.stage(jobId, content);
      journal.addUpload(order);
      logger.info('file to be uploaded', { jobId, bytes: order.bytes });
      track(jobId, follow(order, startedAt));
    },
    resume() {
      const uploads = journal.uploading();
      track('', uploader.tidy(uploads.map(({ order }) => order.jobId)));
      for (const { order, startedAt } of uploads) track(order.jobId, follow(order, startedAt));
    },
    async stop() {
      stopped.abort();
      await Promise.all(running);
    },
  };
}
