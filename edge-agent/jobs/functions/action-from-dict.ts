import type { Json } from '#core/contracts/job.ts';
import type { AmiAction } from '#core/ports/ami.ts';
import { badArguments } from './job-function.ts';

const fun = 'asterisk.manager_action';

/** Asterisk takes header names in any case; one spelling each lets everything after this compare plainly. */
const spellings = new Map(
  [
    'Action', 'ActionID', 'Channel', 'ExtraChannel', 'Exten', 'ExtraExten', 'Context', 'ExtraContext',
    'Priority', 'ExtraPriority', 'Timeout', 'CallerID', 'Account', 'EarlyMedia', 'Async', 'Codecs',
    'ChannelId', 'OtherChannelId', 'Application', 'Data', 'Variable', 'Interface',
  ].map((name) => [name.toLowerCase(), name]),
); // prettier-ignore

/** Header names as Asterisk has them; no name of ours can hide another header or end the line. */
const headerName = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/**
 * The AMI action that a dict from Odoo means: numbers and booleans as text, null left out, header names in
 * Asterisk's spelling, each once. `Variable` alone may be a list. Throws JOB_BAD_ARGUMENTS.
 */
export function actionFromDict(dict: { readonly [key: string]: Json }): AmiAction {
  const headers = new Map<string, string | string[]>();
  for (const [key, value] of Object.entries(dict)) {
    if (!headerName.test(key))
      throw badArguments(fun, `${JSON.stringify(key.slice(0, 64))} is no AMI header`);
    const name = spellings.get(key.toLowerCase()) ?? key;
    if (headers.has(name) || [...headers.keys()].some((other) => other.toLowerCase() === key.toLowerCase())) {
      throw badArguments(fun, `the header ${name} is there twice`);
    }
    // The connection numbers its actions itself: an ActionID from outside could take another one's answer.
    if (value !== null && name !== 'ActionID') headers.set(name, headerValue(name, value));
  }
  const action = headers.get('Action');
  if (typeof action !== 'string' || action.trim() === '') {
    throw badArguments(fun, 'the action dict has no "Action"');
  }
  return { ...Object.fromEntries(headers), Action: action.trim() };
}

function headerValue(name: string, value: Json): string | string[] {
  if (!Array.isArray(value)) return text(name, value);
  if (name !== 'Variable') throw badArguments(fun, `${name} must be one value, not a list`);
  return value.map((one) => text(name, one));
}

function text(name: string, value: Json): string {
  if (value === null || typeof value === 'object') {
    throw badArguments(fun, `${name} must be text, a number or a boolean`);
  }
  const result = String(value);
  // oxlint-disable-next-line no-control-regex -- these three end a header, or cut it
  if (/[\r\n\0]/.test(result)) throw badArguments(fun, `${name} holds a line break or NUL`);
  return result;
}
