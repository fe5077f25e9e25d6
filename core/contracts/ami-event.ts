import { z } from 'zod';

/**
 * One AMI event as a flat object: headers as Asterisk spelled them, values as strings; a repeated header
 * (`ChanVariable`, `Variable`) is a list of strings. The agent adds `SystemName` where Asterisk did not send
 * it, numeric `EventTime` (Unix seconds), `StartTimeUTC`, `AnswerTimeUTC`, `EndTimeUTC` on Cdr, and the marks
 * `_truncated` (cut to fit a batch) and `_synthetic` (made by reconciliation after a gap).
 */
export const amiEventSchema = z
  .record(z.string().max(1024), z.union([z.string(), z.array(z.string()), z.number(), z.boolean()]))
  .refine((event) => typeof event['Event'] === 'string', 'an AMI event has the header "Event"');

export type AmiValue = string | string[] | number | boolean;
export type AmiEvent = { readonly [header: string]: AmiValue };

/** The event's name, '' where the header is missing. */
export function eventName(event: AmiEvent): string {
  const name = event['Event'];
  return typeof name === 'string' ? name : '';
}
