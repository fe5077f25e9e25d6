import type { JobResult } from '../contracts/job-result.ts';
import { longestUploadSeconds } from '../contracts/upload.ts';
import type { JobRecord } from '../ports/job-store.ts';

/** An agent that took a job may work on it for as long as this after the last moment to begin (seconds). */
const longestRunSeconds = 3600 + 300;
/** Their answers may have to wait for an upload. */
const uploadingFunctions: ReadonlySet<string> = new Set([
  'recording.get_file',
  'asterisk.get_config',
  'asterisk.get_all_configs',
]);

/** How a job ends whose agent is gone. */
export type Ending = 'expired' | 'interrupted';

const endings = {
  expired: { code: 'JOB_EXPIRED', message: 'The PBX did not take the job in time; nothing was done.' },
  interrupted: {
    code: 'JOB_INTERRUPTED',
    message: 'The PBX took the job and never answered; whether it took effect is unknown.',
  },
} as const;

/** Whether an agent that took the job in time would have answered by now (Unix seconds). */
export function isAnswerOverdue(
  { fun, expiresAt }: Pick<JobRecord, 'fun' | 'expiresAt'>,
  now: number,
): boolean {
  const uploadSeconds = uploadingFunctions.has(fun) ? longestUploadSeconds : 0;
  return expiresAt + longestRunSeconds + uploadSeconds < now;
}

/** The answer that is given in the place of an agent that is gone. `now`: Unix seconds. */
export function unansweredResult(job: Pick<JobRecord, 'id' | 'pbx'>, ending: Ending, now: number): JobResult {
  return {
    v: 1,
    pbx: job.pbx,
    jobId: job.id,
    status: ending,
    result: null,
    error: endings[ending],
    startedAt: null,
    finishedAt: now,
  };
}
