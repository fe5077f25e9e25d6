import type { AmiEvent } from '#core/contracts/ami-event.ts';
import { textOf } from './event-summary.ts';

export interface LiveCall {
  id: string;
  from: string;
  fromName: string;
  to: string;
  state: 'ringing' | 'up' | 'ended';
  /** Unix milliseconds. */
  startedAt: number;
  answeredAt: number | null;
  endedAt: number | null;
  cause: string;
  channels: number;
}

interface Tracked extends LiveCall {
  open: Set<string>;
  up: Set<string>;
}

/** An ended call stays in sight for so long. */
const keepEndedMs = 20_000;
const maxCalls = 200;

function known(text: string): string {
  return text === '<unknown>' ? '' : text;
}

/** The calls of now, made of the events of their channels; a call is what shares a Linkedid. */
export class LiveCalls {
  readonly #calls = new Map<string, Tracked>();
  #changed = false;

  hear(event: AmiEvent, now: number): void {
    const name = textOf(event, 'Event');
    if (name !== 'Newchannel' && name !== 'Newstate' && name !== 'Hangup') return;
    const [uniqueid, linkedid] = [textOf(event, 'Uniqueid'), textOf(event, 'Linkedid')];
    const call = this.#calls.get(linkedid) ?? (name === 'Hangup' ? undefined : this.#begin(linkedid, now));
    if (!call || uniqueid === '') return;
    this.#changed = true;
    if (uniqueid === linkedid) this.#describe(call, event);
    if (name === 'Hangup') {
      call.open.delete(uniqueid);
      if (call.open.size === 0) {
        call.state = 'ended';
        call.endedAt = now;
        call.cause = textOf(event, 'Cause-txt');
      }
      return;
    }
    call.open.add(uniqueid);
    call.channels = Math.max(call.channels, call.open.size);
    if (textOf(event, 'ChannelStateDesc') !== 'Up') return;
    call.up.add(uniqueid);
    // One side alone is up while a click-to-call still rings the other.
    if (call.up.size >= 2 && call.answeredAt === null) {
      call.answeredAt = now;
      call.state = 'up';
    }
  }

  /** The newest first; undefined when nothing changed since the last time. */
  flush(now: number): LiveCall[] | undefined {
    for (const [id, call] of this.#calls) {
      if (call.endedAt === null || now - call.endedAt < keepEndedMs) continue;
      this.#calls.delete(id);
      this.#changed = true;
    }
    if (!this.#changed) return undefined;
    this.#changed = false;
    return this.list();
  }

  list(): LiveCall[] {
    return [...this.#calls.values()]
      .map(({ open: _open, up: _up, ...call }) => call)
      .toReversed()
      .slice(0, 50);
  }

  /** Everything is forgotten: nobody looks. */
  clear(): void {
    this.#calls.clear();
  }

  #begin(id: string, now: number): Tracked {
    const call: Tracked = {
      id,
      from: '',
      fromName: '',
      to: '',
      state: 'ringing',
      startedAt: now,
      answeredAt: null,
      endedAt: null,
      cause: '',
      channels: 0,
      open: new Set(),
      up: new Set(),
    };
    this.#calls.set(id, call);
    const oldest = this.#calls.size > maxCalls ? this.#calls.keys().next().value : undefined;
    if (oldest !== undefined) this.#calls.delete(oldest);
    return call;
  }

  #describe(call: Tracked, event: AmiEvent): void {
    call.from = known(textOf(event, 'CallerIDNum')) || call.from;
    call.fromName = known(textOf(event, 'CallerIDName')) || call.fromName;
    const exten = textOf(event, 'Exten');
    if (exten !== '' && exten !== 's') call.to = exten;
    else if (call.to === '') call.to = known(textOf(event, 'ConnectedLineNum'));
  }
}
