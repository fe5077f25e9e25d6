import { jobResultDetailType } from '#core/contracts/job-result.ts';
import { sourceOf, type PbxId } from '#core/contracts/names.ts';
import { isAnswerOverdue, unansweredResult, type Ending } from '#core/jobs/unanswered-job.ts';
import type { Bus, BusEntry } from '#core/ports/bus.ts';
import type { JobRecord } from '#core/ports/job-store.ts';
import type { Logger } from '#core/ports/logger.ts';

export interface CloseJobsDeps {
  readonly jobs: {
    /** Pages of jobs past `before` (Unix seconds) without an answer. */
    overdue(before: number): AsyncIterable<readonly JobRecord[]>;
    markSwept(pbx: PbxId, id: string): Promise<void>;
  };
  readonly bus: Bus;
  /** Unix seconds; undefined: never. */
  readonly lastSeen: (pbx: PbxId) => number | undefined;
  readonly logger: Logger;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** False when the time is nearly up: what is left is done by the next round. */
  readonly hasTime: () => boolean;
}

/** Time for an agent that is there to report an expired job itself, on its way through the bus. */
const graceSeconds = 30;
/** A status comes every minute; one that is this late was not sent. */
const silenceSeconds = 90;
/** Of one request to the bus. */
const batchSize = 10;

/**
 * Answers for agents that are gone: the results go the way of all results, through the bus with the source of the
 * PBX, so that callbacks run as ever. A result is sent again if the function ends between the bus and the table,
 * which route-events takes for the duplicate that it is; so is the agent's own answer, should it still come.
 * Returns how many jobs were closed. Rejects when the bus or the table can not be reached.
 */
export async function closeJobs(deps: CloseJobsDeps): Promise<number> {
  let closed = 0;
  const now = deps.now() / 1000;
  for await (const page of deps.jobs.overdue(now - graceSeconds)) {
    const ended = page.flatMap((job) => {
      const ending = endingOf(job, deps.lastSeen(job.pbx), now);
      return ending === undefined ? [] : [{ job, ending }];
    });
    for (let from = 0; from < ended.length; from += batchSize) {
      if (!deps.hasTime()) break;
      closed += await closeBatch(ended.slice(from, from + batchSize), now, deps);
    }
    if (!deps.hasTime()) {
      deps.logger.warn('the time is up; the next round closes more jobs', { closed });
      break;
    }
  }
  return closed;
}

/**
 * How a job without an answer ends; undefined: not yet. A message can not be called back from SQS, so that only an
 * agent that had fallen silent before the job was there can be said not to have taken it.
 */
export function endingOf(
  job: Pick<JobRecord, 'fun' | 'createdAt' | 'expiresAt'>,
  lastSeen: number | undefined,
  now: number,
): Ending | undefined {
  if (lastSeen === undefined || lastSeen + silenceSeconds < job.createdAt) return 'expired';
  return isAnswerOverdue(job, now) ? 'interrupted' : undefined;
}

async function closeBatch(
  batch: readonly { job: JobRecord; ending: Ending }[],
  now: number,
  { bus, jobs, logger }: CloseJobsDeps,
): Promise<number> {
  const entries = batch.map(({ job, ending }): BusEntry => ({
    source: sourceOf(job.pbx),
    detailType: jobResultDetailType,
    detail: JSON.stringify(unansweredResult(job, ending, now)),
  }));
  const outcomes = await bus.put(entries);
  const marked = batch.map(async ({ job, ending }, place) => {
    const outcome = outcomes[place];
    const fields = { pbx: job.pbx, job: job.id, status: ending };
    if (outcome?.accepted !== true) {
      logger.warn('the bus did not take the answer for a job; tried again', {
        ...fields,
        cause: outcome?.message,
      });
      return 0;
    }
    await jobs.markSwept(job.pbx, job.id);
    logger.info('a job without an answer is closed', fields);
    return 1;
  });
  return (await Promise.all(marked)).reduce<number>((sum, one) => sum + one, 0);
}
