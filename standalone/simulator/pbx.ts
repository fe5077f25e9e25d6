import type { Clock } from '#core/ports/clock.ts';
import { Channel, type ChannelState } from './channel.ts';
import type { EventClass } from './event-classes.ts';
import { encodeMessage, type Headers } from './headers.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { SimulatorSettings } from './settings.ts';

export interface PbxEvent {
  name: string;
  privilege: EventClass;
  /** The whole message as it goes over the wire. */
  text: string;
}

interface NewChannel {
  /** `PJSIP/1001`, `Local/100@internal`: what stands before the number of the channel. */
  base: string;
  state: ChannelState;
  callerNum: string;
  callerName: string;
  context: string;
  exten: string;
  linkedid?: string;
  uniqueid?: string;
  /** Local channels have two halves with one number: `;1` and `;2`. */
  half?: { suffix: ';1' | ';2'; number: string };
}

/** The simulated PBX: its channels, its clock, and the one stream of events that every session hears. */
export class SimulatedPbx {
  readonly channels = new Map<string, Channel>();
  readonly startedAt: number;
  callsProcessed = 0;
  readonly settings: SimulatorSettings;
  readonly random: SeededRandom;
  readonly #clock: Clock;
  readonly #listeners = new Set<(event: PbxEvent) => void>();
  readonly #closing = new AbortController();
  #channelNumber = 0;
  #uniqueNumber = 0;
  #lastMicros = 0;

  constructor(settings: SimulatorSettings, clock: Clock, random: SeededRandom) {
    this.settings = settings;
    this.random = random;
    this.#clock = clock;
    this.startedAt = clock.now();
  }

  now(): number {
    return this.#clock.now();
  }

  get closing(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Ends every wait; nothing is sent any more. */
  close(): void {
    this.#closing.abort();
    this.#listeners.clear();
  }

  listen(listener: (event: PbxEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(privilege: EventClass, name: string, headers: Headers): void {
    if (this.#listeners.size === 0) return;
    const system = this.settings.systemName;
    const text = encodeMessage([
      ['Event', name],
      ['Privilege', `${privilege},all`],
      ['Timestamp', this.timestamp()],
      ...(system === null ? [] : [['SystemName', system] as const]),
      ...headers,
    ]);
    for (const listener of this.#listeners) listener({ name, privilege, text });
  }

  /** Seconds with microseconds, strictly rising as on a real PBX. */
  timestamp(): string {
    this.#lastMicros = Math.max(this.now() * 1000, this.#lastMicros + 7);
    const micros = Math.round(this.#lastMicros);
    return `${Math.floor(micros / 1e6)}.${String(micros % 1e6).padStart(6, '0')}`;
  }

  nextChannelNumber(): string {
    return (this.#channelNumber++).toString(16).padStart(8, '0');
  }

  newChannel(wanted: NewChannel): Channel {
    const uniqueid = wanted.uniqueid ?? `${Math.floor(this.now() / 1000)}.${this.#uniqueNumber++}`;
    const name = wanted.half
      ? `${wanted.base}-${wanted.half.number}${wanted.half.suffix}`
      : `${wanted.base}-${this.nextChannelNumber()}`;
    const channel = new Channel(
      this,
      {
        name,
        uniqueid,
        linkedid: wanted.linkedid ?? uniqueid,
        state: wanted.state,
        callerNum: wanted.callerNum,
        callerName: wanted.callerName,
        context: wanted.context,
        exten: wanted.exten,
      },
      this.now(),
    );
    this.channels.set(name, channel);
    this.emit('call', 'Newchannel', channel.snapshot());
    return channel;
  }

  /** By name or by unique id, as AMI's actions take it. */
  findChannel(key: string): Channel | undefined {
    return this.channels.get(key) ?? [...this.channels.values()].find((channel) => channel.uniqueid === key);
  }

  /**
   * Waits as long as life would take, divided by the speed. False when the PBX closes or one of the channels
   * is asked to hang up meanwhile.
   */
  async wait(ms: number, ...channels: readonly Channel[]): Promise<boolean> {
    return this.pause(ms / this.settings.speed, ...channels.map((channel) => channel.hangupSignal));
  }

  /** The same in the clock's own time. */
  async pause(ms: number, ...signals: readonly AbortSignal[]): Promise<boolean> {
    const signal = AbortSignal.any([this.#closing.signal, ...signals]);
    if (!signal.aborted) await this.#clock.sleep(ms, signal);
    return !signal.aborted;
  }
}
