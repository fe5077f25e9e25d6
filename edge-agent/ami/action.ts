/** Writes actions as Asterisk reads them, and refuses what it would misread. */
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { AmiAction } from '#core/ports/ami.ts';

/** Bytes of one line without its CRLF: Asterisk's buffer of 1,024 holds both. */
export const maxLineBytes = 1022;
/** Lines of one message (AST_MAX_MANHEADERS). */
export const maxLines = 128;
export const maxActionIdLength = 67;

/** A header name: no colon, no blanks, nothing that could end a line. */
const headerName = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
/** A bare LF ends a line for Asterisk, and NUL ends the string. */
// oxlint-disable-next-line no-control-regex
const forbidden = /[\r\n\0]/;

/**
 * The action's bytes on the wire, `ActionID` included. A list repeats its header.
 * Throws AMI_ACTION_INVALID when a key or value holds CR, LF or NUL, or Asterisk's limits are exceeded.
 */
export function serializeAction(action: AmiAction, actionId: string): string {
  const lines: string[] = [];
  if (typeof action.Action !== 'string') throw invalid('an action needs the header "Action"');
  // Asterisk reads the header "Action" wherever it stands; other programs want it first.
  add(lines, 'Action', action.Action);
  add(lines, 'ActionID', actionId);
  for (const [key, value] of Object.entries(action)) {
    if (key === 'Action') continue;
    const lower = key.toLowerCase();
    if (lower === 'actionid') continue;
    if (lower === 'action') throw invalid('the header "Action" is given twice');
    for (const item of Array.isArray(value) ? value : [value]) add(lines, key, item);
  }
  if (lines.length > maxLines) {
    throw invalid(`the action has ${lines.length} lines; Asterisk takes at most ${maxLines}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/**
 * The caller's own ActionID, checked, or undefined. Asterisk reads header names without regard to case.
 * Throws AMI_ACTION_INVALID.
 */
export function actionIdOf(action: AmiAction): string | undefined {
  const value = headerOfAction(action, 'actionid');
  if (value === undefined || value === '') return undefined;
  if (value.length > maxActionIdLength) {
    throw invalid(`ActionID has ${value.length} characters; the limit is ${maxActionIdLength}`);
  }
  if (value !== value.trim()) throw invalid('ActionID begins or ends with a blank');
  return value;
}

/** The (last) value of a header of the action, its name in lower case. */
export function headerOfAction(action: AmiAction, lowerName: string): string | undefined {
  const entry = Object.entries(action).find(([key]) => key.toLowerCase() === lowerName);
  return typeof entry?.[1] === 'object' ? entry[1].at(-1) : entry?.[1];
}

function add(lines: string[], key: string, value: unknown): void {
  if (!headerName.test(key)) {
    throw invalid(`${JSON.stringify(key.slice(0, 80))} is no name of an AMI header`);
  }
  if (typeof value !== 'string') throw invalid(`the value of ${key} is no string`);
  if (forbidden.test(value)) throw invalid(`the value of ${key} holds CR, LF or NUL`);
  const line = `${key}: ${value}`;
  const length = Buffer.byteLength(line);
  if (length > maxLineBytes) {
    throw invalid(`the line of ${key} has ${length} bytes; Asterisk takes at most ${maxLineBytes}`);
  }
  lines.push(line);
}

function invalid(message: string): OdoopbxError {
  return new OdoopbxError('AMI_ACTION_INVALID', message);
}
