import { eventName, type AmiEvent } from '#core/contracts/ami-event.ts';
import { cdrTimes, textHeader } from './cdr-times.ts';
import type { LocalTime } from './local-time.ts';

export interface Enriched {
  event: AmiEvent;
  /** Unix seconds at which it happened. */
  at: number;
}

/**
 * The event as Odoo is to see it: `SystemName` where Asterisk sent none, `EventTime` in Unix seconds (from AMI's
 * `Timestamp`, `timestampevents = yes`, else the agent's clock), and a Cdr's times in UTC.
 */
export function enrich(
  event: AmiEvent,
  receivedAt: number,
  { systemName, local }: { systemName: string; local: LocalTime },
): Enriched {
  const at = timestampOf(event) ?? receivedAt / 1000;
  const isCdr = eventName(event) === 'Cdr';
  // A Cdr of the backfill has no time of its own to go by: it is read long after.
  const live = !Object.hasOwn(event, '_synthetic');
  return {
    at,
    event: {
      ...event,
      ...(textHeader(event, 'SystemName') === '' && { SystemName: systemName }),
      EventTime: at,
      ...(isCdr && cdrTimes(event, local, live ? at * 1000 : undefined)),
    },
  };
}

/** AMI's `Timestamp: 1763840000.123456`. */
function timestampOf(event: AmiEvent): number | undefined {
  const text = textHeader(event, 'Timestamp');
  const seconds = /^\d{1,11}(?:\.\d+)?$/.test(text) ? Number(text) : 0;
  return seconds > 0 && seconds < 1e11 ? seconds : undefined;
}
