import { amiBatchDetailType, amiBatchSchema } from '#core/contracts/ami-batch.ts';
import type { AmiEvent } from '#core/contracts/ami-event.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { BusEntry } from '#core/ports/bus.ts';
import type { GatewayAnswer, GatewayBatch } from '#core/contracts/gateway.ts';
import type { InboxMessage, MessageOutcome } from '#core/ports/inbox.ts';
import type { Tap, TapSwitch } from '../tap.ts';
import { JobTrail } from './job-trail.ts';
import { LiveCalls } from './live-calls.ts';
import { Passages } from './passages.ts';

/** A page that listens: `send` gets an event's name and its JSON. */
export interface PageListener {
  send(event: string, data: unknown): void;
}

/** How often what moved is sent: quick for the eye, few messages for the browser. */
const flushMs = 200;

function isEvent(value: unknown): value is AmiEvent {
  return typeof value === 'object' && value !== null && 'Event' in value && typeof value.Event === 'string';
}

/** Turns what the taps hear into what pages show. It listens only while a page is open. */
export class PageFeed {
  readonly jobs = new JobTrail();
  readonly calls = new LiveCalls();
  readonly #passages = new Passages();
  readonly #taps: TapSwitch;
  readonly #clock: Clock;
  readonly #listeners = new Set<PageListener>();
  #unlisten: (() => void) | undefined;
  #delivered = 0;

  constructor(taps: TapSwitch, clock: Clock) {
    this.#taps = taps;
    this.#clock = clock;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** Counts up with everything that Odoo was given: lists that come from Odoo are old when it moved. */
  get delivered(): number {
    return this.#delivered;
  }

  /** Returns how to stop listening. */
  open(listener: PageListener): () => void {
    this.#listeners.add(listener);
    this.#unlisten ??= this.#begin();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#unlisten?.();
      this.#unlisten = undefined;
      this.calls.clear();
    };
  }

  send(event: string, data: unknown): void {
    for (const listener of this.#listeners) listener.send(event, data);
  }

  #begin(): () => void {
    const untap = this.#taps.listen(this.#tap());
    const timer = setInterval(() => this.#flush(), flushMs);
    return () => {
      untap();
      clearInterval(timer);
    };
  }

  #flush(): void {
    const passages = this.#passages.flush();
    if (passages) this.send('passages', passages);
    const calls = this.calls.flush(this.#clock.now());
    if (calls) this.send('calls', calls);
    const jobs = this.jobs.flush();
    if (jobs) this.send('jobs', jobs);
  }

  #tap(): Tap {
    const now = () => this.#clock.now();
    return {
      amiEvent: (event, receivedAt) => {
        this.calls.hear(event, receivedAt);
        this.#passages.move(event, [], 'received', receivedAt);
      },
      spooled: ({ event, rules }) => this.#passages.move(event, rules, 'spooled', now()),
      published: (entry) => this.#published(entry),
      submitted: ({ id, fun }) => this.jobs.submitted(id, fun, now()),
      gateway: (batch, answer) => this.#handled(batch, answer),
      called: ({ args, error }) => {
        const event = args[0];
        if (!isEvent(event)) return;
        this.#delivered += 1;
        this.#passages.move(event, [], error === undefined ? 'done' : 'failed', now(), error);
      },
      settled: (messages, outcomes) => this.#settled(messages, outcomes),
    };
  }

  #published(entry: BusEntry): void {
    this.jobs.published(entry, this.#clock.now());
    if (entry.detailType !== amiBatchDetailType) return;
    const batch = amiBatchSchema.safeParse(JSON.parse(entry.detail));
    for (const { event, rules } of batch.data?.events ?? []) {
      this.#passages.move(event, rules, 'published', this.#clock.now());
    }
  }

  #handled(batch: GatewayBatch, answer: GatewayAnswer): void {
    const now = this.#clock.now();
    if (batch.events.length + batch.results.length > 0) this.#delivered += 1;
    for (const { event, rules, epoch, seq } of batch.events) {
      const same = (one: { epoch: string; seq: number }) => one.epoch === epoch && one.seq === seq;
      const failed = answer.failed.find((failure) => same(failure));
      const skipped = answer.skipped.find((skip) => same(skip));
      const stage = failed ? 'failed' : skipped ? 'skipped' : 'done';
      this.#passages.move(event, rules, stage, now, failed?.error ?? skipped?.reason);
    }
    this.jobs.gateway(batch, answer, now);
  }

  #settled(messages: readonly InboxMessage[], outcomes: readonly MessageOutcome[]): void {
    for (const outcome of outcomes) {
      if (outcome.outcome === 'done') continue;
      const message = messages.find(({ id }) => id === outcome.id);
      const parts =
        outcome.outcome === 'parked' ? outcome.parked.map(({ detail }) => detail) : [message?.event.detail];
      const error = outcome.outcome === 'parked' ? outcome.parked[0]?.message : outcome.message;
      for (const part of parts) {
        for (const { event, rules } of amiBatchSchema.safeParse(part).data?.events ?? []) {
          const stage = outcome.outcome === 'parked' ? 'parked' : 'waiting';
          this.#passages.move(event, rules, stage, this.#clock.now(), error);
        }
      }
    }
  }
}
