import { createHash } from 'node:crypto';
import { silentLogger } from '#core/ports/logger.ts';
import type { PbxRecord } from '#core/ports/pbx-directory.ts';
import type { SubmitDeps } from '#lambdas/submit-job/submit-job.ts';
import { fixedRandom } from './fixed-random.ts';
import { manualClock } from './manual-clock.ts';
import type { ManualClock } from './manual-clock.ts';
import { createMemoryJobQueue } from './memory-job-queue.ts';
import type { MemoryJobQueue } from './memory-job-queue.ts';
import { createMemoryJobStore } from './memory-job-store.ts';
import { createMemoryPbxDirectory } from './memory-pbx-directory.ts';

export const doorKey = 'key-of-hq';

export function doorDeps(
  changes: Partial<PbxRecord> = {},
): SubmitDeps & { clock: ManualClock; queue: MemoryJobQueue } {
  const clock = manualClock();
  const hq = {
    pbx: 'acme_hq',
    keyHashes: [hashOf(doorKey), hashOf('next-key-of-hq')],
    lastSeen: clock.now() / 1000,
  };
  return {
    directory: createMemoryPbxDirectory([
      { ...hq, ...changes },
      { pbx: 'acme_lab', keyHashes: [hashOf('key-of-lab')] },
    ]),
    jobs: createMemoryJobStore(),
    queue: createMemoryJobQueue(),
    clock,
    random: fixedRandom(),
    logger: silentLogger,
  };
}

export function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
