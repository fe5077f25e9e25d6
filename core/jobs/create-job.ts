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
    timeoutMs: timeoutMs(request, actions),
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

function timeoutMs({ fun, timeout }: DoorRequest, actions: readonly JsonObject[]): number {
  // A synchronous Originate answers when the phone was picked up or rang out: the actions of a list run in turn.
  const ringing = actions.filter(isSynchronousOriginate).map(ringTimeoutMs);
  const ringMs = ringing.reduce((total, ms) => total + ms, 0);
  if (timeout !== undefined) return Math.round(Math.min(timeout * 1000 + ringMs, maxTimeoutMs));
  if (fun.startsWith('recording.') || fun.startsWith('file.')) return fileTimeoutMs;
  const asked = Math.max(defaultTimeoutMs, ringMs + ringing.length * originateMarginMs);
  return Math.round(Math.min(asked, maxTimeoutMs));
}

function isSynchronousOriginate(action: JsonObject): boolean {
  // What Asterisk takes for true.
  const isAsync = /^"?(yes|true|y|t|1|on)"?$/i.test(JSON.stringify(header(action, 'async')) ?? '');
  return actionName(action) === 'originate' && !isAsync;
}

function ringTimeoutMs(action: JsonObject): number {
  const value = header(action, 'timeout');
  const ms = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof ms === 'number' && Number.isFinite(ms) && ms > 0 ? ms : asteriskOriginateTimeoutMs;
}

function header(action: JsonObject, name: string): Json | undefined {
  return Object.entries(action).find(([key]) => key.toLowerCase() === name)?.[1];
}
