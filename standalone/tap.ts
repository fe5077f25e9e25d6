import type { AmiEvent } from '#core/contracts/ami-event.ts';
import type { GatewayAnswer, GatewayBatch } from '#core/contracts/gateway.ts';
import type { BusEntry } from '#core/ports/bus.ts';
import type { SpooledEvent } from '#core/ports/event-spool.ts';
import type { InboxMessage, MessageOutcome } from '#core/ports/inbox.ts';

/**
 * Hears of everything that passes a stage, for the page. Calls are made in the path of the work: a listener must
 * be quick and must not throw.
 */
export interface Tap {
  /** An AMI event that was parsed whole. `receivedAt`: Unix milliseconds. */
  amiEvent?(event: AmiEvent, receivedAt: number): void;
  /** Wanted by rules and on its way to the disk. */
  spooled?(item: SpooledEvent): void;
  /** Accepted by the bus. */
  published?(entry: BusEntry): void;
  /** One call of the addon's gateway, and what it answered. */
  gateway?(batch: GatewayBatch, answer: GatewayAnswer): void;
  /** One handler or callback called without the gateway; `error`: what it raised. */
  called?(call: { model: string; method: string; args: readonly unknown[]; error?: string }): void;
  /** What became of messages of the inbox. */
  settled?(messages: readonly InboxMessage[], outcomes: readonly MessageOutcome[]): void;
  /** A job that the door accepted. */
  submitted?(job: { id: string; fun: string }): void;
}

/** The taps that listen now; with none of them, each stage pays one look at an empty list. */
export class TapSwitch {
  #taps: readonly Tap[] = [];

  get taps(): readonly Tap[] {
    return this.#taps;
  }

  /** Returns how to stop listening. */
  listen(tap: Tap): () => void {
    this.#taps = [...this.#taps, tap];
    return () => {
      this.#taps = this.#taps.filter((other) => other !== tap);
    };
  }
}
