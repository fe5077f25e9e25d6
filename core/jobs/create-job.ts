import type { DoorRequest } from '../contracts/door-request.ts';
import type { Job, Json } from '../contracts/job.ts';
import { actionArguments, actionName } from './action-arguments.ts';

/** Seconds after which a job that acts on calls is stale: no phone rings an hour late. */
export const callExpirySeconds = 60;
/** Seconds after which any other job is stale. */
export const defaultExpirySeconds = 300;
/** No job outlives the PBX's queue (SQS keeps a message for 14 days at most). */
export const maxExpirySeconds = 14 * 86_400;

/** Milliseconds that a function may take where Odoo does not say. */
export const defaultTimeoutMs = 30_000;
/** Jobs that move files. */
export const fileTimeoutMs = 300_000;
/** Added to how long an Originate lets the phone ring, for the answer to come back. */
const originateMarginMs = 10_000;
const asteriskOriginateTimeoutMs = 30_000;
const maxTimeoutMs = 3_600_000;

const callActions = new Set([
  'originate',
  'redirect',
  'bridge',
  'atxfer',
  'blindtransfer',
  'hangup',
  'park',
  'playdtmf',
]);

/**
 * The job that a request at the door stands for. `now` is Unix milliseconds, `id` fresh. The callback is not
 * part of it: it stays on the cloud's side.
 */
export function createJob(request: DoorRequest, { id, now }: { id: string; now: number }): Job {
  const createdAt = now / 1000;
  const actions =
    request.fun === 'asterisk.manager_action' ? actionArguments(request.args, request.kwargs) : [];
  const expiresAt = Math.min(
    request.expires_at ?? createdAt + expirySeconds(actions),
    createdAt + maxExpirySeconds,
  );
  return {
    v: 1,
    id,
    fun: request.fun,
    args: request.args,
    kwargs: request.kwargs,
    timeoutMs:
      request.timeout === undefined ? timeoutMs(request.fun, actions) : Math.round(request.timeout * 1000),
    createdAt,
    expiresAt,
  };
}

type JsonObject = { [key: string]: Json };

function expirySeconds(actions: readonly JsonObject[]): number {
  return actions.some((action) => callActions.has(actionName(action)))
    ? callExpirySeconds
    : defaultExpirySeconds;
}

function timeoutMs(fun: string, actions: readonly JsonObject[]): number {
  if (fun.startsWith('recording.') || fun.startsWith('file.')) return fileTimeoutMs;
  // A synchronous Originate answers when the phone was picked up or rang out: the actions of a list run in turn.
  const ringing = actions.filter((action) => actionName(action) === 'originate').map(ringTimeoutMs);
  const sum = ringing.reduce((total, ms) => total + ms + originateMarginMs, 0);
  return Math.round(Math.min(Math.max(defaultTimeoutMs, sum), maxTimeoutMs));
}

function ringTimeoutMs(action: JsonObject): number {
  const value = Object.entries(action).find(([key]) => key.toLowerCase() === 'timeout')?.[1];
  const ms = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof ms === 'number' && Number.isFinite(ms) && ms > 0 ? ms : asteriskOriginateTimeoutMs;
}
