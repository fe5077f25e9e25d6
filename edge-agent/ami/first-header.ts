import type { AmiReply } from '#core/ports/ami.ts';

/** The headers by which messages are told apart, as bytes. */
export const eventKey = Buffer.from('Event: ');
export const responseKey = Buffer.from('Response: ');
export const privilegeKey = Buffer.from('Privilege: ');

/** 1 when `key` stands at `at`, 0 when not, -1 when `end` comes too early to tell. */
export function startsWith(buffer: Uint8Array, at: number, end: number, key: Uint8Array): number {
  const length = Math.min(key.length, end - at);
  for (let i = 0; i < length; i += 1) if (buffer[at + i] !== key[i]) return 0;
  return length === key.length ? 1 : -1;
}

/** Whether the message begins with the key and its colon; the space after it is not required. */
export function hasKey(buffer: Uint8Array, at: number, end: number, key: Uint8Array): boolean {
  const length = key.length - 1;
  if (at + length > end) return false;
  for (let i = 0; i < length; i += 1) if (buffer[at + i] !== key[i]) return false;
  return true;
}

/** Whether `Event: <name>`, with no second colon in it, is all of the line. */
export function isEventLine(buffer: Uint8Array, at: number, end: number): boolean {
  if (startsWith(buffer, at, end, eventKey) !== 1) return false;
  for (let i = at + eventKey.length; i < end; i += 1) if (buffer[i] === 58) return false;
  return true;
}

/**
 * A second `Event` header: two events in one, and no telling which header is whose; unless a dialplan gave its
 * UserEvent such a header.
 */
export function keepFirstEvent(headers: AmiReply): boolean {
  const first = headers['Event']?.[0];
  if (first !== 'UserEvent') return false;
  headers['Event'] = first;
  return true;
}
