import type { JobResult } from '../contracts/job-result.ts';
import type { Json } from '../contracts/job.ts';
import { statusMeaning } from './job-life-cycle.ts';

/** Functions that answer in AMI's shape: a list of dicts, the response first, then the event list. */
const amiFunctions: ReadonlySet<string> = new Set(['asterisk.manager_action', 'asterisk.command']);

export function answersInAmiShape(fun: string): boolean {
  return amiFunctions.has(fun);
}

/** The answer of an action that got none from Asterisk, shaped as Asterisk would say it. */
export function errorReply(message: string): [{ Response: 'Error'; Message: string }] {
  return [{ Response: 'Error', Message: message }];
}

export const actionTimeoutMessage = 'Action Timeout';
export const notConnectedMessage = 'Asterisk is not connected';

/** Whether a job asks for a list (the default) or, with `as_list: false`, for the bare dict where it is one. */
export function asListOf(kwargs: { readonly [key: string]: Json }): boolean {
  const value = kwargs['as_list'];
  return value !== false && value !== 0;
}

/**
 * The callback's first argument. A job that did not get done answers too: for AMI functions as
 * `[{'Response': 'Error', 'Message': …}]`, so that a handler that reads `data[0]['Response']` understands it,
 * for the others as `{'error': {'code': …, 'message': …}}`.
 */
export function callbackValue(fun: string, asList: boolean, result: JobResult): Json {
  const ami = answersInAmiShape(fun);
  if (result.status === 'done') return ami ? unwrap(result.result, asList) : result.result;
  const message = result.error?.message ?? statusMeaning[result.status];
  if (ami) return unwrap(errorReply(message), asList);
  return { error: { code: result.error?.code ?? `JOB_${result.status.toUpperCase()}`, message } };
}

function unwrap(value: Json, asList: boolean): Json {
  if (asList || !Array.isArray(value) || value.length !== 1) return value;
  return value[0] ?? null;
}
