import { agentConfigureFunction } from '#core/contracts/agent-configure.ts';
import type { Callback } from '#core/contracts/callback.ts';
import { doorRequestSchema } from '#core/contracts/door-request.ts';
import type { DoorRequest } from '#core/contracts/door-request.ts';
import { maxJobBytes } from '#core/contracts/job.ts';
import type { Json } from '#core/contracts/job.ts';
import type * as z from 'zod';
import { DoorRefusal } from './door-answer.ts';

/** The envelope around the job takes some bytes of the queue's message. */
const envelopeBytes = 1000;

/** The body as a request. Every problem is named with its field, all at once. */
export function readRequest(body: string): DoorRequest {
  if (Buffer.byteLength(body) > maxJobBytes - envelopeBytes) {
    throw new DoorRefusal(413, `The job is too large: ${maxJobBytes - envelopeBytes} bytes at most.`);
  }
  const parsed = doorRequestSchema.safeParse(jsonOf(body));
  if (!parsed.success) throw new DoorRefusal(400, problemsOf(parsed.error));
  const request = parsed.data;
  // An `asOf` of somebody else could shut out all later rules.
  if (request.fun === agentConfigureFunction) {
    throw new DoorRefusal(
      400,
      `fun: ${request.fun} is sent by the platform alone; agent.reload_config asks for it.`,
    );
  }
  if ((request.res_model === undefined) !== (request.res_method === undefined)) {
    throw new DoorRefusal(400, 'res_model, res_method: give both or none.');
  }
  return request;
}

/** What to do with the result; null where nobody wants it. It stays on this side. */
export function callbackOf(request: DoorRequest): Callback | null {
  const { callback_style: style, res_model, res_method, res_notify_uid, res_notify_title } = request;
  if (res_method === undefined && res_notify_uid === undefined) return null;
  const pass_back = unset(request.pass_back) ? undefined : request.pass_back;
  if (style === 'keyword' && pass_back !== undefined && !isObject(pass_back)) {
    throw new DoorRefusal(
      400,
      'pass_back: an object of keyword arguments is wanted (or callback_style "positional").',
    );
  }
  return {
    style,
    ...(res_model === undefined ? {} : { res_model }),
    ...(res_method === undefined ? {} : { res_method }),
    ...(pass_back === undefined ? {} : { pass_back }),
    ...(res_notify_uid === undefined ? {} : { res_notify_uid }),
    ...(res_notify_title === undefined ? {} : { res_notify_title }),
  };
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    throw new DoorRefusal(400, 'The body is not JSON.');
  }
}

const shownProblems = 10;

/** A line for each, with its field; `within`: the field that the schema is about. */
export function problemsOf(error: z.ZodError, within = ''): string {
  const lines = error.issues
    .slice(0, shownProblems)
    .map(
      ({ path, message }) =>
        `${[within, ...path].filter((part) => part !== '').join('.') || 'body'}: ${message}`,
    );
  return lines.join('\n');
}

/** Odoo writes `false` for what is not set. */
function unset(value: Json | undefined): boolean {
  return value === undefined || value === null || value === false || value === '';
}

function isObject(value: Json): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
