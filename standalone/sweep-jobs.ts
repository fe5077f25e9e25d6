import { jobResultDetailType, type JobResult } from '#core/contracts/job-result.ts';
import { sourceOf } from '#core/contracts/names.ts';
import { isAnswerOverdue, unansweredResult } from '#core/jobs/unanswered-job.ts';
import type { BusEntry } from '#core/ports/bus.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Store } from './store/store.ts';

/** Time for a job that expired in the agent's hands to be reported by the agent itself. */
const graceSeconds = 5;
/** Jobs and idempotency keys are forgotten after the time that the cloud keeps messages. */
const keepSeconds = 14 * 86_400;

/**
 * Answers for agents that are gone: a job that nobody took in time is `expired` and taken out of the queue; one
 * that was taken and never answered is `interrupted`. The answers go the way of all results, through the inbox.
 * Returns how many there were.
 */
export function sweepJobs(store: Store, clock: Clock, logger: Logger): number {
  const now = clock.now() / 1000;
  const results: JobResult[] = [];
  for (const job of store.jobs.overdue(now - graceSeconds)) {
    const untouched = store.queue.withdraw(job.id);
    if (untouched) {
      results.push(unansweredResult(job, 'expired', now));
    } else if (!store.queue.holds(job.id) && isAnswerOverdue(job, now)) {
      results.push(unansweredResult(job, 'interrupted', now));
    }
  }
  const entries = results.map((result): BusEntry => ({
    source: sourceOf(result.pbx),
    detailType: jobResultDetailType,
    detail: JSON.stringify(result),
  }));
  // Only what is in the inbox is swept: with a full one, the next round tries again.
  if (entries.length === 0 || store.inbox.put(entries)) {
    for (const result of results) {
      store.jobs.markSwept(result.jobId);
      logger.info('a job without an answer is closed', { job: result.jobId, status: result.status });
    }
  }
  store.jobs.prune(now - keepSeconds);
  return results.length;
}
