/*
 * Flow 2 on the edge: receive → validate → journal → delete the message → run → journal the result → spool it.
 * The journal's invariants (journal.ts) make it at most once; this module keeps their order:
 *
 * - a message is deleted only after its job is in the journal, or is known to be there, or can not be answered;
 * - a job runs only in the pass that put it into the journal, whether or not the deletion worked (the message
 *   then comes again and is a duplicate);
 * - when the journal can not be written, nothing runs and the message stays in the queue.
 */
import { messageOf, OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { Job } from '#core/contracts/job.ts';
import type { JobResult } from '#core/contracts/job-result.ts';
import type { EventSpool } from '#core/ports/event-spool.ts';
import type { JobSource, ReceivedJob } from '#core/ports/job-source.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Random } from '#core/ports/random.ts';
import type { Uploader } from '#core/ports/uploader.ts';
import { createDeferredUploads } from './deferred-uploads.ts';
import { LargeResult } from './functions/job-function.ts';
import { type JobJournal, journalRetentionMs } from './journal.ts';
import { parseJob } from './parse-job.ts';
import type { JobPolicy } from './policy.ts';
import type { JobRegistry } from './registry.ts';
import { createReporter } from './report-results.ts';
import { retryDelay } from './retry-delay.ts';
import { type JobOutcome, type JobSurroundings, problem, runJob } from './run-job.ts';

export interface JobReceiverOptions extends JobSurroundings {
  pbx: string;
  source: JobSource;
  journal: JobJournal;
  spool: Pick<EventSpool, 'addResult' | 'acceptsJobs'>;
  registry: JobRegistry;
  policy: JobPolicy;
  uploader: Uploader;
  random: Random;
  logger: Logger;
  /** Jobs that run at the same time; default 8. */
  concurrency?: number;
  /** Unix milliseconds by the clock that deadlines are written in, where it is known; default this PBX's clock. */
  deadlineNow?: (() => number) | undefined;
  /** How long one receive may wait for a message; default 20 s, the longest that SQS knows. */
  waitMs?: number;
}

export interface JobCounts {
  /** Jobs that were answered since the start, whatever the answer. */
  finished: number;
  duplicates: number;
  /** Messages that were no job and named no id to answer to. */
  unreadable: number;
  running: number;
}

export interface JobReceiver {
  /** Reports what a crash left behind, then receives. Throws JOURNAL_UNUSABLE. */
  start(): void;
  /** Takes no more jobs, waits up to `drainMs` for the running ones and reports the others as interrupted. */
  stop(options: { drainMs: number }): Promise<void>;
  counts(): JobCounts;
}

const pauseMs = 1000;
/** How long a stop waits for jobs that it cut off to be journaled and spooled as interrupted. */
const lastWordsMs = 2000;
const pruneEveryMs = 86_400_000;

export function createJobReceiver(options: JobReceiverOptions): JobReceiver {
  const { pbx, source, journal, spool, registry, policy, clock, random, logger } = options;
  const { concurrency = 8, waitMs = 20_000, deadlineNow = () => clock.now() } = options;
  const reporter = createReporter(options);
  const uploads = createDeferredUploads({
    ...options,
    finish: (jobId, outcome, startedAt) => finish(resultOf(jobId, outcome, startedAt)),
  });
  const counts = { finished: 0, duplicates: 0, unreadable: 0 };
  const running = new Set<Promise<void>>();
  const reporting = new Set<Promise<void>>();
  const stopReceiving = new AbortController();
  const cutOff = new AbortController();
  const seconds = () => clock.now() / 1000;
  let loop: Promise<void> = Promise.resolve();
  let prunedAt = Number.NEGATIVE_INFINITY;

  function track(set: Set<Promise<void>>, work: Promise<void>): void {
    const tracked: Promise<void> = work
      .catch((error: unknown) => logger.error('job step failed', { error: messageOf(error) }))
      .finally(() => set.delete(tracked));
    set.add(tracked);
  }

  function resultOf(jobId: string, outcome: JobOutcome, startedAt: number | null): JobResult {
    return { v: 1, pbx, jobId, ...outcome, startedAt, finishedAt: seconds() };
  }

  function report(result: JobResult): void {
    counts.finished += 1;
    logger.info('job finished', { jobId: result.jobId, status: result.status, code: result.error?.code });
    track(reporting, reporter.report(result, cutOff.signal));
  }

  async function remove(message: ReceivedJob): Promise<void> {
    try {
      await source.delete(message.receipt);
    } catch (error) {
      logger.warn('message not deleted, it will come again', { error: messageOf(error) });
    }
  }

  /** A job that must not run is answered from the journal like any other. */
  function answer(message: ReceivedJob, fun: string, result: JobResult): void {
    if (journal.addFinished(fun, result)) report(result);
    else counts.duplicates += 1;
    track(running, remove(message));
  }

  /** Throws when the journal does not take the job; the message then stays in the queue. */
  function take(message: ReceivedJob): void {
    const parsed = parseJob(message.body);
    if (!parsed.valid) {
      logger.warn('message is no valid job', { jobId: parsed.id, problem: parsed.problem });
      if (parsed.id === null) {
        counts.unreadable += 1;
        return track(running, remove(message));
      }
      const outcome = problem('refused', 'JOB_INVALID', `The job is not valid: ${parsed.problem}`);
      return answer(message, parsed.fun, resultOf(parsed.id, outcome, null));
    }
    const { job } = parsed;
    const late = expired(job);
    if (late) return answer(message, job.fun, resultOf(job.id, late, null));
    if (journal.add(job, seconds())) return track(running, deleteAndRun(message, job));
    counts.duplicates += 1;
    track(running, remove(message));
  }

  function expired(job: Job): JobOutcome | undefined {
    const now = deadlineNow() / 1000;
    if (now < job.expiresAt) return undefined;
    const text = `The job was valid until ${iso(job.expiresAt)}; when the PBX had it, it was ${iso(now)}. It was not run.`;
    return problem('expired', 'JOB_EXPIRED', text);
  }

  async function deleteAndRun(message: ReceivedJob, job: Job): Promise<void> {
    await remove(message);
    // The deletion may have taken its time.
    const late = expired(job);
    if (late) return finish(resultOf(job.id, late, null));
    const startedAt = seconds();
    try {
      journal.start(job.id, startedAt);
    } catch (error) {
      logger.error('job not started', { jobId: job.id, error: messageOf(error) });
      const text = `The job was not started: the agent's journal can not be written.`;
      return finish(resultOf(job.id, problem('interrupted', 'JOURNAL_UNUSABLE', text), null));
    }
    logger.info('job started', { jobId: job.id, fun: job.fun });
    const outcome = await runJob(job, registry, policy, options, cutOff.signal);
    if (outcome instanceof LargeResult) return upload(job, outcome, startedAt);
    await finish(resultOf(job.id, outcome, startedAt));
  }

  async function upload(job: Job, large: LargeResult, startedAt: number): Promise<void> {
    try {
      await uploads.begin(job.id, large, startedAt);
    } catch (error) {
      const code = error instanceof OdoopbxError ? error.code : 'JOB_FAILED';
      await finish(resultOf(job.id, problem('failed', code, messageOf(error)), startedAt));
    }
  }

  /** A result is reported only from the journal: on a full disk it waits here, and no more jobs are taken. */
  async function finish(result: JobResult): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        journal.finish(result);
        return report(result);
      } catch (error) {
        logger.error('result not journaled', { jobId: result.jobId, attempt, error: messageOf(error) });
        if (cutOff.signal.aborted) return;
      }
      await clock.sleep(retryDelay(attempt, random), cutOff.signal);
    }
  }

  function recover(): void {
    for (const { id, startedAt } of journal.unfinished()) {
      const text =
        startedAt === null
          ? 'The agent stopped before the job was started. It was not run.'
          : 'The agent stopped while the job ran. Whether it took effect is unknown; it is not run again.';
      journal.finish(resultOf(id, problem('interrupted', 'JOB_INTERRUPTED', text), startedAt));
    }
    for (const result of journal.unreported()) report(result);
    uploads.resume();
  }

  function prune(): void {
    if (clock.now() - prunedAt < pruneEveryMs) return;
    prunedAt = clock.now();
    journal.prune((prunedAt - journalRetentionMs) / 1000);
  }

  /** One round: true when the queue answered and the journal took all of it. */
  async function round(): Promise<boolean> {
    const { signal } = stopReceiving;
    const free = concurrency - running.size;
    if (free <= 0) {
      await Promise.race([...running, clock.sleep(pauseMs, signal)]);
      return true;
    }
    if (!spool.acceptsJobs()) {
      await clock.sleep(pauseMs, signal);
      return true;
    }
    try {
      prune();
      const messages = await source.receive({ max: Math.min(10, free), waitMs, signal });
      // Not journaled yet: what came in while stopping stays in the queue.
      if (!signal.aborted) for (const message of messages) take(message);
      return true;
    } catch (error) {
      if (!signal.aborted) logger.warn('jobs can not be received', { error: messageOf(error) });
      return false;
    }
  }

  async function receive(): Promise<void> {
    let failures = 0;
    while (!stopReceiving.signal.aborted) {
      failures = (await round()) ? 0 : failures + 1;
      if (failures > 0) await clock.sleep(retryDelay(failures, random), stopReceiving.signal);
    }
  }

  return {
    start() {
      recover();
      loop = receive();
    },
    async stop({ drainMs }) {
      stopReceiving.abort();
      await loop;
      const drained = new AbortController();
      const idle = uploads
        .stop()
        .then(() => settled(running, reporting))
        .finally(() => drained.abort());
      await clock.sleep(drainMs, drained.signal);
      cutOff.abort();
      // What hangs even now (a queue that does not answer) is left to the journal and the next start.
      await Promise.race([idle, clock.sleep(lastWordsMs, drained.signal)]);
    },
    counts: () => ({ ...counts, running: running.size }),
  };
}

/** Resolves when nothing runs and nothing is being reported any more. */
async function settled(...sets: Set<Promise<void>>[]): Promise<void> {
  while (sets.some((set) => set.size > 0)) await Promise.all(sets.flatMap((set) => [...set]));
}

function iso(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString();
}
