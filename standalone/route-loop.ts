import type { Clock } from '#core/ports/clock.ts';
import { messageOf } from '#core/errors/odoopbx-error.ts';
import type { InboxMessage, MessageOutcome } from '#core/ports/inbox.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Lane, StandaloneInbox } from './store/inbox.ts';

export interface RouteLoopOptions {
  inbox: StandaloneInbox;
  /** `routeMessages` of route-events with its dependencies. */
  route: (messages: readonly InboxMessage[]) => Promise<MessageOutcome[]>;
  clock: Clock;
  logger: Logger;
  /**
   * Longest pause before Odoo is tried again. Standalone serves one Odoo alone: 15 minutes as in the cloud would
   * only make its owner wait after an outage.
   */
  maxRetrySeconds: number;
  /** Hears what became of messages. */
  settled?: (messages: readonly InboxMessage[], outcomes: readonly MessageOutcome[]) => void;
}

export interface RouteLoop {
  start(): void;
  /** Finishes what is on its way to Odoo, waiting at most `drainMs`; what waits stays in the inbox. */
  stop(options: { drainMs: number }): Promise<void>;
}

/** As many as a Lambda gets from a FIFO queue. */
const batchSize = 10;
/** Even without a wake-up it looks again: a clock that was set must not leave a message waiting for good. */
const lookAgainMs = 30_000;
/** After a failure of the store itself. */
const troubleMs = 5000;

/** Takes messages out of the inbox in order and brings them to Odoo; a lane each for deliveries and statuses. */
export function createRouteLoop(options: RouteLoopOptions): RouteLoop {
  const { inbox, route, clock, logger } = options;
  const stopping = new AbortController();
  let running: Promise<unknown> = Promise.resolve();

  function capped(outcome: MessageOutcome): MessageOutcome {
    if (outcome.outcome !== 'retry') return outcome;
    return { ...outcome, afterSeconds: Math.min(outcome.afterSeconds, options.maxRetrySeconds) };
  }

  async function work(lane: Lane): Promise<boolean> {
    const messages = inbox.take(lane, batchSize);
    if (messages.length === 0) return false;
    const outcomes = (await route(messages)).map((outcome) => capped(outcome));
    inbox.settle(outcomes);
    options.settled?.(messages, outcomes);
    return true;
  }

  async function run(lane: Lane): Promise<void> {
    while (!stopping.signal.aborted) {
      const woken = new AbortController();
      const unlisten = inbox.onWake(() => woken.abort());
      try {
        if (await work(lane)) continue;
        const due = Math.min(inbox.dueIn(lane) ?? lookAgainMs, lookAgainMs);
        await clock.sleep(due, AbortSignal.any([stopping.signal, woken.signal]));
      } catch (error) {
        logger.error('the inbox could not be worked on', { error: messageOf(error) });
        await clock.sleep(troubleMs, stopping.signal);
      } finally {
        unlisten();
      }
    }
  }

  return {
    start() {
      running = Promise.all([run('delivery'), run('status')]);
    },
    async stop({ drainMs }) {
      stopping.abort();
      const enough = new AbortController();
      await Promise.race([running, clock.sleep(drainMs, enough.signal)]);
      enough.abort();
    },
  };
}
