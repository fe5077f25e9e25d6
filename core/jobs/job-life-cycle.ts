import type { JobStatus } from '../contracts/job-result.ts';

/**
 * What a status tells a person who waits for the answer; shown where a result brings no message of its own.
 * The life of a job on the edge ends in one of them, for good:
 *
 *   received → journaled → running → done | failed | interrupted
 *       └──────────┴──────────────→ expired | refused | interrupted
 *
 * Only `journaled → running` starts anything, and only a fresh journal row can make that step: this is what
 * "at most once" means.
 */
export const statusMeaning: Readonly<Record<JobStatus, string>> = {
  done: 'The PBX did it.',
  failed: 'The PBX tried and failed.',
  expired: 'The PBX got the job too late and did not run it.',
  refused: 'The PBX refused the job; nothing was done.',
  interrupted: 'The agent stopped while the job was with it; whether it took effect is unknown.',
};
