import type { AmiEvent } from '#core/contracts/ami-event.ts';

const maxLength = 160;

/** Headers that say most of an event of that name, in this order. */
const telling: Readonly<Record<string, readonly string[]>> = {
  Newchannel: ['Channel', 'CallerIDNum', 'Exten'],
  Newstate: ['Channel', 'ChannelStateDesc', 'ConnectedLineNum'],
  Hangup: ['Channel', 'Cause-txt'],
  Cdr: ['Source', 'Destination', 'Disposition', 'Duration'],
  VarSet: ['Channel', 'Variable', 'Value'],
  OriginateResponse: ['Channel', 'Response', 'Reason'],
  DialBegin: ['Channel', 'DestChannel'],
  DialEnd: ['DestChannel', 'DialStatus'],
  UserEvent: ['UserEvent', 'Channel', 'Number'],
  PeerStatus: ['Peer', 'PeerStatus'],
  FullyBooted: ['Status'],
};
const fallback = ['Channel', 'Queue', 'Interface', 'Peer', 'Message', 'Status'];

export function textOf(event: AmiEvent, header: string): string {
  const value = event[header];
  return value === undefined ? '' : Array.isArray(value) ? value.join(', ') : String(value);
}

/** One line about an event. */
export function summaryOf(event: AmiEvent): string {
  const headers = telling[textOf(event, 'Event')] ?? fallback;
  const values = headers.map((header) => textOf(event, header)).filter((value) => value !== '');
  return values.join(' · ').slice(0, maxLength);
}
