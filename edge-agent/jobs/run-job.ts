import { OdoopbxError, messageOf } from '#core/errors/odoopbx-error.ts';
import type { ErrorCode } from '#core/errors/error-codes.ts';
import type { Job, Json } from '#core/contracts/job.ts';
import { type JobStatus, maxResultBytes } from '#core/contracts/job-result.ts';
import { statusMeaning } from '#core/jobs/job-life-cycle.ts';
import type { JobContext, JobFunction } from './functions/job-function.ts';
import type { JobPolicy } from './policy.ts';
import type { JobRegistry } from './registry.ts';

export interface JobOutcome {
  status: JobStatus;
  result: Json;
  error?: { code: ErrorCode; message: string };
}

/** What a function sees, less what belongs to the single job. */
export type JobSurroundings = Omit<JobContext, 'checkAction' | 'timeoutMs' | 'signal'>;

/** So that a function whose own deadline is the job's can give its answer before the guard cuts it off. */
const guardMarginMs = 1000;
/** Codes that mean that nothing was done. */
const refusals: ReadonlySet<string> = new Set([
  'JOB_UNKNOWN_FUNCTION',
  'JOB_REFUSED_BY_POLICY',
  'JOB_BAD_ARGUMENTS',
  'CONSOLE_DISABLED',
  'CONSOLE_UNSAFE',
  'CONSOLE_LIMIT',
]);
/** Room for the envelope of a result. */
const envelopeBytes = 3000;

/**
 * Runs one job; never rejects. `stop` aborted: the outcome is `interrupted`. A function that is cut off, by its
 * time-out or by `stop`, sees its signal abort; what it still gives is dropped.
 */
export async function runJob(
  job: Job,
  registry: JobRegistry,
  policy: JobPolicy,
  surroundings: JobSurroundings,
  stop: AbortSignal,
): Promise<JobOutcome> {
  const over = new AbortController();
  const signal = AbortSignal.any([stop, over.signal]);
  try {
    const fun = registry.find(job.fun);
    policy.checkFunction(job.fun);
    const { timeoutMs } = job;
    const checkAction = policy.checkAction.bind(policy);
    const { actions, agent, console, clock } = surroundings;
    const context = { actions, agent, console, clock, checkAction, timeoutMs, signal };
    const cut = clock.sleep(timeoutMs + guardMarginMs, signal).then((): JobOutcome => {
      if (stop.aborted) return problem('interrupted', 'JOB_INTERRUPTED', statusMeaning.interrupted);
      if (fun.timeoutResult !== undefined) return { status: 'done', result: fun.timeoutResult };
      return problem('failed', 'JOB_TIMEOUT', `${job.fun} took longer than ${timeoutMs / 1000} s`);
    });
    return await Promise.race([run(fun, job, context), cut]);
  } catch (error) {
    if (stop.aborted) return problem('interrupted', 'JOB_INTERRUPTED', statusMeaning.interrupted);
    const code = error instanceof OdoopbxError ? error.code : 'JOB_FAILED';
    return problem(refusals.has(code) ? 'refused' : 'failed', code, messageOf(error));
  } finally {
    over.abort();
  }
}

async function run(fun: JobFunction, job: Job, context: JobContext): Promise<JobOutcome> {
  const value = await fun.run(job.args, job.kwargs, context);
  const text = JSON.stringify(value ?? null);
  const bytes = Buffer.byteLength(text);
  if (bytes > maxResultBytes - envelopeBytes) {
    const message = `The result has ${bytes} bytes; ${maxResultBytes} is the most that is carried. Ask for less.`;
    return problem('failed', 'RESULT_TOO_LARGE', message);
  }
  return { status: 'done', result: JSON.parse(text) as Json };
}

export function problem(status: JobStatus, code: ErrorCode, message: string): JobOutcome {
  return { status, result: null, error: { code, message: message.slice(0, 2000) } };
}
