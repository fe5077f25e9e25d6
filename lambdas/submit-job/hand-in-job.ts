import type { Callback } from '#core/contracts/callback.ts';
import type { DoorRequest } from '#core/contracts/door-request.ts';
import type { PbxId } from '#core/contracts/names.ts';
import { asListOf } from '#core/jobs/ami-result.ts';
import { createJob } from '#core/jobs/create-job.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { JobQueue } from '#core/ports/job-queue.ts';
import type { JobStore } from '#core/ports/job-store.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { PbxDirectory } from '#core/ports/pbx-directory.ts';
import type { Random } from '#core/ports/random.ts';
import type { ConsoleDeps } from './console-deps.ts';
import { DoorRefusal } from './door-answer.ts';

export interface SubmitDeps {
  readonly directory: PbxDirectory;
  readonly jobs: JobStore;
  readonly queue: JobQueue;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Pick<Random, 'uuid'>;
  readonly logger: Logger;
  /** Missing where there is nothing that a console could be relayed by. */
  readonly console?: ConsoleDeps;
}

/**
 * Keeps the callback, then sends the job to the PBX's queue; returns the job's id. A request that comes again with
 * its idempotency key sends the same job once more, in case that the first one was kept and then lost: the agent
 * runs an id once. What was answered or is too old is not sent again.
 */
export async function handInJob(
  pbx: PbxId,
  request: DoorRequest,
  callback: Callback | null,
  idempotencyKey: string | undefined,
  { jobs, queue, clock, random, logger }: SubmitDeps,
): Promise<string> {
  const now = clock.now();
  const job = createJob(request, { id: random.uuid(), now });
  if (job.expiresAt <= job.createdAt) throw new DoorRefusal(400, 'expires_at: the job has expired already.');
  const { id, fun, createdAt, expiresAt } = job;
  const record = {
    id,
    pbx,
    fun,
    asList: asListOf(job.kwargs),
    callback,
    createdAt,
    expiresAt,
    deliveredStatus: null,
  };
  const kept = await jobs.create(record, idempotencyKey);
  if (kept.created) {
    await queue.send(pbx, job);
    logger.info('job accepted', { pbx, job: id, fun });
    return id;
  }
  const first = await jobs.find(pbx, kept.id);
  if (
    first !== undefined &&
    first.fun === fun &&
    first.deliveredStatus === null &&
    first.expiresAt > now / 1000
  ) {
    await queue.send(pbx, { ...job, id: first.id, createdAt: first.createdAt, expiresAt: first.expiresAt });
  }
  logger.info('job came again', { pbx, job: kept.id, fun });
  return kept.id;
}
