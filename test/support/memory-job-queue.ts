import type { Job } from '#core/contracts/job.ts';
import type { JobQueue } from '#core/ports/job-queue.ts';

export interface MemoryJobQueue extends JobQueue {
  readonly sent: { pbx: string; job: Job }[];
  /** While set, `send` rejects with it. */
  failure: Error | undefined;
}

export function createMemoryJobQueue(): MemoryJobQueue {
  const queue: MemoryJobQueue = {
    sent: [],
    failure: undefined,
    async send(pbx, job) {
      if (queue.failure !== undefined) throw queue.failure;
      queue.sent.push({ pbx, job });
    },
  };
  return queue;
}
