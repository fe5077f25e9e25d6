import type { AmiEvent } from '#core/contracts/ami-event.ts';
import { utcText, type LocalTime } from './local-time.ts';

/** A header that is one text, '' where it is missing or a list. */
export function textHeader(event: AmiEvent, header: string): string {
  const value = Object.hasOwn(event, header) ? event[header] : undefined;
  return typeof value === 'string' ? value : '';
}

export interface CdrTimes {
  StartTimeUTC: string;
  AnswerTimeUTC: string;
  EndTimeUTC: string;
}

/**
 * The times of a Cdr in UTC, `YYYY-MM-DD HH:MM:SS`; a time that is empty (not answered) or not readable stays
 * empty. Asterisk writes them in the PBX's local time without an offset. In the hour that comes twice, the end is
 * taken near to the event (`eventMs`), or without one the start near to the channel's creation, which the
 * UniqueID tells; Duration and BillableSeconds then give the other two.
 */
export function cdrTimes(event: AmiEvent, local: LocalTime, eventMs?: number): CdrTimes {
  const durationMs = secondsHeader(event, 'Duration');
  const billedMs = secondsHeader(event, 'BillableSeconds');
  const read = (header: string, nearMs?: number) => local.toUnix(textHeader(event, header), nearMs);
  let start: number | undefined;
  let end: number | undefined;
  if (eventMs !== undefined) {
    end = read('EndTime', eventMs);
    start = read('StartTime', (end ?? eventMs) - durationMs);
  } else {
    start = read('StartTime', creationOf(textHeader(event, 'UniqueID')));
    end = read('EndTime', start === undefined ? undefined : start + durationMs);
  }
  const answer = read('AnswerTime', end === undefined ? start : end - billedMs);
  return { StartTimeUTC: textOf(start), AnswerTimeUTC: textOf(answer), EndTimeUTC: textOf(end) };
}

function textOf(unixMs: number | undefined): string {
  return unixMs === undefined ? '' : utcText(unixMs);
}

function secondsHeader(event: AmiEvent, header: string): number {
  const seconds = Number(textHeader(event, header));
  return Number.isFinite(seconds) ? seconds * 1000 : 0;
}

/** A channel's Uniqueid is `[<systemname>-]<Unix seconds>.<count>`. */
function creationOf(uniqueid: string): number | undefined {
  const seconds = /(?:^|-)(\d{9,11})\.\d+$/.exec(uniqueid)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}
