import * as z from 'zod';

/**
 * One AMI event as a flat object: headers as Asterisk spelled them, values as strings; a repeated header
 * (`ChanVariable`, `Variable`) is a list of strings. The agent adds `SystemName` where Asterisk did not send
 * it, numeric `EventTime` (Unix seconds), `StartTimeUTC`, `AnswerTimeUTC`, `EndTimeUTC` on Cdr, and the marks
 * `_truncated` (cut to fit a batch) and `_synthetic` (made by reconciliation after a gap).
 */
export const amiEventSchema = z.custom<Record<string, AmiValue>>(
  isAmiEvent,
  'an AMI event is an object of texts, lists of texts, numbers and booleans, with the header "Event"',
);

export type AmiValue = string | string[] | number | boolean;
export type AmiEvent = { readonly [header: string]: AmiValue };

/** The event's name, '' where the header is missing. */
export function eventName(event: AmiEvent): string {
  const name = event['Event'];
  return typeof name === 'string' ? name : '';
}

function isAmiEvent(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const name: unknown = Object.getOwnPropertyDescriptor(value, 'Event')?.value;
  return typeof name === 'string' && Object.values(value).every(isAmiValue);
}

function isAmiValue(value: unknown): value is AmiValue {
  if (Array.isArray(value)) return value.every((one) => typeof one === 'string');
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}
