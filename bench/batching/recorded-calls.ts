import { readFileSync } from 'node:fs';
import type { AmiEvent } from '../../core/contracts/ami-event.ts';
import { Framer } from '../../edge-agent/ami/framer.ts';

/** An event of a recorded call, `at` milliseconds after the call's first one. */
export interface CallEvent {
  at: number;
  event: AmiEvent;
}

export interface RecordedCall {
  events: CallEvent[];
  /** Where the talk begins: what comes from here on is moved back by the length of the talk. */
  endsAt: number;
}

const fixture = new URL('../../test/fixtures/ami/asterisk-22.10.1-calls.ami', import.meta.url);
const endings = new Set(['HangupRequest', 'SoftHangupRequest', 'BridgeLeave', 'Hangup']);

/** The calls of the recorded stream (a real Asterisk 22), told apart by their Linkedid. */
export function recordedCalls(): RecordedCall[] {
  const framer = new Framer({ wanted: 'all' });
  const found: AmiEvent[] = [];
  framer.push(readFileSync(fixture));
  for (let message = framer.take(); message !== undefined; message = framer.take()) {
    if (message.kind === 'event') found.push(message.headers);
  }
  const linked = new Map(found.map((event) => [event['Uniqueid'], event['Linkedid']]));
  const calls = Map.groupBy(
    found,
    (event) => callOf(event) || String(linked.get(event['UniqueID'] ?? '') ?? ''),
  );
  calls.delete('');
  // What was under way when the recording began is no whole call.
  const whole = [...calls.values()].filter((events) => events.some(({ Event }) => Event === 'Newchannel'));
  return whole.map((events) => recordedCall(events));
}

function recordedCall(events: readonly AmiEvent[]): RecordedCall {
  const times = events.map(timeOf);
  const first = Math.min(...times);
  const timed = events.map((event, place) => ({ event, at: (times[place] ?? first) - first }));
  const answered = events.some((event) => event['Event'] === 'BridgeEnter');
  const end = answered ? timed.find(({ event }) => endings.has(String(event['Event']))) : undefined;
  return { events: timed, endsAt: end?.at ?? Infinity };
}

/** A Cdr has no Linkedid here, but the UniqueID of one of the call's channels. */
function callOf(event: AmiEvent): string {
  return String(event['Linkedid'] ?? '');
}

function timeOf(event: AmiEvent): number {
  return Number(event['Timestamp'] ?? 0) * 1000;
}
