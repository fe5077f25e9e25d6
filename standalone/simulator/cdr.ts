import type { Channel } from './channel.ts';
import { localTime } from './local-time.ts';
import type { SimulatedPbx } from './pbx.ts';

export interface CallRecord {
  caller: Channel;
  destination: string;
  destinationContext: string;
  callee: Channel | undefined;
  lastApplication: string;
  lastData: string;
  disposition: 'ANSWERED' | 'BUSY' | 'NO ANSWER' | 'FAILED' | 'CONGESTION';
  /** Unix milliseconds. */
  answeredAt: number | undefined;
}

/** The Cdr event as cdr_manager sends it, with `[mappings] linkedid => linkedid`. */
export function writeCdr(pbx: SimulatedPbx, record: CallRecord): void {
  const { caller } = record;
  const { timeZone, speed } = pbx.settings;
  const now = pbx.now();
  // Seconds as lived by the call: a simulator at high speed still writes plausible durations.
  const lived = (from: number) => String(Math.floor(((now - from) * speed) / 1000));
  pbx.emit('cdr', 'Cdr', [
    ['AccountCode', ''],
    ['Source', caller.callerNum],
    ['Destination', record.destination],
    ['DestinationContext', record.destinationContext],
    ['CallerID', `"${caller.callerName}" <${caller.callerNum}>`],
    ['Channel', caller.name],
    ['DestinationChannel', record.callee?.name ?? ''],
    ['LastApplication', record.lastApplication],
    ['LastData', record.lastData],
    ['StartTime', localTime(caller.createdAt, timeZone)],
    ['AnswerTime', record.answeredAt === undefined ? '' : localTime(record.answeredAt, timeZone)],
    ['EndTime', localTime(now, timeZone)],
    ['Duration', lived(caller.createdAt)],
    ['BillableSeconds', record.answeredAt === undefined ? '0' : lived(record.answeredAt)],
    ['Disposition', record.disposition],
    ['AMAFlags', 'DOCUMENTATION'],
    ['UniqueID', caller.uniqueid],
    ['UserField', ''],
    ['linkedid', caller.linkedid],
  ]);
}
