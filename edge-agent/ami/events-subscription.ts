import { messageOf } from '#core/errors/odoopbx-error.ts';
import type { AmiAction, AmiReply } from '#core/ports/ami.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { AmiCounts } from './client-options.ts';
import { eventMask } from './event-mask.ts';
import { ServerFilters } from './filters.ts';
import type { Wanted } from './framer.ts';
import type { Session } from './session.ts';

export interface EventsSubscriptionOptions {
  wanted: () => ReadonlySet<string> | 'all';
  serverSide: boolean;
  timeoutMs: number;
  logger: Logger;
}

/**
 * What the events session asks for, in three sieves: the event mask and the filters in Asterisk, the framer here.
 * The two in Asterisk are only ever wider than the one here.
 */
export class EventsSubscription {
  readonly #options: EventsSubscriptionOptions;
  #wanted: ReadonlySet<string> | 'all' = 'all';
  #mask = 'on';
  #filters = new ServerFilters();
  #session: Session | undefined;
  #ready = false;
  /** What the sessions before this one counted. */
  #before = { received: 0, skipped: 0, damaged: 0, connectionsLost: 0 };
  delivered = 0;

  constructor(options: EventsSubscriptionOptions) {
    this.#options = options;
  }

  /** What a new session starts with. */
  begin(): { mask: string; wanted: Wanted } {
    this.#wanted = snapshot(this.#options.wanted());
    this.#mask = eventMask(this.#wanted);
    this.#filters = new ServerFilters();
    return { mask: this.#mask, wanted: withOriginateResponse(this.#wanted) };
  }

  /** After the login. Rejects when the session must be given up. */
  async attach(session: Session): Promise<void> {
    this.#session = session;
    this.#ready = false;
    await this.refresh();
    this.#ready = this.#session === session;
  }

  attached(session: Session): boolean {
    return this.#ready && this.#session === session;
  }

  detach(session: Session): void {
    const { messages, skipped, damaged } = session.counts();
    this.#before.received += messages;
    this.#before.skipped += skipped;
    this.#before.damaged += damaged;
    this.#before.connectionsLost += 1;
    this.#session = undefined;
    this.#ready = false;
  }

  isWanted(name: string): boolean {
    return this.#wanted === 'all' || this.#wanted.has(name);
  }

  /** Applies the listener's wishes of this moment. Rejects when the session must be given up. */
  async refresh(): Promise<void> {
    const wanted = snapshot(this.#options.wanted());
    this.#wanted = wanted;
    const session = this.#session;
    if (session === undefined) return;
    session.setWanted(withOriginateResponse(wanted));
    const send = (action: AmiAction): Promise<AmiReply[]> =>
      session.send(action, { timeoutMs: this.#options.timeoutMs });
    await this.#widenMask(wanted, send);
    if (!this.#options.serverSide) return;
    if (!(await this.#filters.include(wanted, send))) {
      this.#options.logger.warn('Asterisk refused event filters: they need the write class system');
    }
  }

  counts(): AmiCounts {
    const now = this.#session?.counts();
    return {
      received: this.#before.received + (now?.messages ?? 0),
      delivered: this.delivered,
      skipped: this.#before.skipped + (now?.skipped ?? 0),
      damaged: this.#before.damaged + (now?.damaged ?? 0),
      connectionsLost: this.#before.connectionsLost,
    };
  }

  async #widenMask(wanted: ReadonlySet<string> | 'all', send: (action: AmiAction) => Promise<AmiReply[]>) {
    const mask = eventMask(wanted);
    if (mask === this.#mask) return;
    this.#mask = mask;
    try {
      await send({ Action: 'Events', EventMask: mask });
    } catch (error) {
      this.#mask = '';
      this.#options.logger.warn('The AMI event mask was not changed', { error: messageOf(error) });
      throw error;
    }
  }
}

/** The set as it is now: its owner may go on changing it. */
function snapshot(wanted: ReadonlySet<string> | 'all'): ReadonlySet<string> | 'all' {
  return wanted === 'all' ? 'all' : new Set(wanted);
}

/** Synchronous Originates are answered from it. */
function withOriginateResponse(wanted: ReadonlySet<string> | 'all'): Wanted {
  return wanted === 'all' ? 'all' : new Set([...wanted, 'OriginateResponse']);
}
