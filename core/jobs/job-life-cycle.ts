import type { JobStatus } from '../contracts/job-result.ts';

/**
 * The life of a job on the edge:
 *
 *   received → journaled → running → done | failed | interrupted
 *       └──────────┴──────────────→ expired | refused | interrupted
 *
 * Only `journaled → running` starts anything, and only a fresh journal row can make that step: this is what
 * "at most once" means. A finished job never leaves its state.
 */
export type JobState = 'received' | 'journaled' | 'running' | JobStatus;

const successors: Readonly<Record<JobState, readonly JobState[]>> = {
  // A job that must not run is journaled as finished at once.
  received: ['journaled', 'expired', 'refused'],
  journaled: ['running', 'expired', 'refused', 'interrupted'],
  running: ['done', 'failed', 'refused', 'interrupted'],
  done: [],
  failed: [],
  expired: [],
  refused: [],
  interrupted: [],
};

export function mayFollow(from: JobState, to: JobState): boolean {
  return successors[from].includes(to);
}

export function isFinished(state: JobState): state is JobStatus {
  return successors[state].length === 0;
}

/** What a status tells a person who waits for the answer; shown where a result brings no message of its own. */
export const statusMeaning: Readonly<Record<JobStatus, string>> = {
  done: 'The PBX did it.',
  failed: 'The PBX tried and failed.',
  expired: 'The PBX got the job too late and did not run it.',
  refused: 'The PBX refused the job; nothing was done.',
  interrupted: 'The agent stopped while the job was with it; whether it took effect is unknown.',
};
