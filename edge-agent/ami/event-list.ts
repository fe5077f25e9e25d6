import type { AmiReply } from '#core/ports/ami.ts';
import { headerOf } from './headers.ts';

/** Events of one list; a PBX with this many channels or endpoints is beyond what AMI serves in one answer. */
const maxListEvents = 50_000;

/** Whether events up to a `*Complete` follow this response. */
export function isListStart(response: AmiReply): boolean {
  if (headerOf(response, 'EventList').toLowerCase() === 'start') return true;
  // Before Asterisk 12 only the message told it. (`Command output follows` announces no events.)
  return (
    headerOf(response, 'Response') === 'Success' && / (will|to) follow/i.test(headerOf(response, 'Message'))
  );
}

/** Adds an event to the response and the events before it. */
export function collect(replies: AmiReply[], event: AmiReply): 'more' | 'complete' | 'too long' {
  if (replies.length > maxListEvents) return 'too long';
  replies.push(event);
  const mark = headerOf(event, 'EventList').toLowerCase();
  const complete = mark === 'complete' || mark === 'cancelled' || mark === 'canceled';
  return complete || headerOf(event, 'Event').endsWith('Complete') ? 'complete' : 'more';
}
