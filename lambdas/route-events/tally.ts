import type { InboxMessage, MessageOutcome, ParkedItem } from '#core/ports/inbox.ts';
import type { Settlements } from './delivery-context.ts';
import { retryDelaySeconds } from './retry-delay.ts';
import type { RouteDeps } from './route-deps.ts';
import type { StopRouting } from './stop-reasons.ts';
import type { WorkItem } from './work-item.ts';

/**
 * The inbox has one message group: a message that waits holds back all behind it. So it waits no longer than this
 * (seconds) while other PBXs' messages could be delivered.
 */
const longestBesideOthers = 15;

/** Adds up what became of the parts of each message. */
export class Tally implements Settlements {
  readonly #open = new Map<string, Set<WorkItem>>();
  readonly #parked = new Map<string, ParkedItem[]>();
  readonly #left = new Map<string, { code: string; reason: string }>();
  readonly #stops = new Map<string, StopRouting>();

  expect(message: InboxMessage, parts: readonly WorkItem[]): void {
    this.#open.set(message.id, new Set(parts));
  }

  finish(message: InboxMessage, parked?: ParkedItem): void {
    this.#open.set(message.id, new Set());
    if (parked !== undefined) this.#parked.set(message.id, [parked]);
  }

  leave(message: InboxMessage, code: string, reason: string): void {
    this.#left.set(message.id, { code, reason });
  }

  /** Whatever is open of the message waits for this reason. */
  stop(message: InboxMessage, stop: StopRouting): void {
    this.#stops.set(message.id, stop);
  }

  isOpen(message: InboxMessage): boolean {
    return this.#open.get(message.id)?.size !== 0;
  }

  isSettled(work: WorkItem): boolean {
    return this.#open.get(work.message.id)?.has(work) !== true;
  }

  done(work: WorkItem): void {
    this.#open.get(work.message.id)?.delete(work);
  }

  park(work: WorkItem, parked: ParkedItem): void {
    const list = this.#parked.get(work.message.id);
    if (list === undefined) this.#parked.set(work.message.id, [parked]);
    else list.push(parked);
  }

  outcomes(
    messages: readonly InboxMessage[],
    deps: Pick<RouteDeps, 'random' | 'counters' | 'logger'>,
  ): MessageOutcome[] {
    const fraction = deps.random.fraction();
    const waitFor = (message: InboxMessage, stop: StopRouting | undefined): number => {
      if (stop === undefined) return retryDelaySeconds(message.receiveCount, fraction);
      if (stop.outOfTime) return 0;
      const { at = message, retryAfterSeconds } = stop;
      const seconds = retryDelaySeconds(at.receiveCount, fraction, retryAfterSeconds);
      return stop.othersGoOn ? Math.min(seconds, longestBesideOthers) : seconds;
    };
    return messages.map((message): MessageOutcome => {
      const { id } = message;
      if (this.isOpen(message)) {
        const left = this.#left.get(id);
        const stop = this.#stops.get(id);
        const code = left?.code ?? stop?.code ?? 'ROUTE_FAILED';
        const reason = left?.reason ?? stop?.message ?? 'not delivered';
        return { id, outcome: 'retry', afterSeconds: waitFor(message, stop), code, message: reason };
      }
      const parked = this.#parked.get(id);
      if (parked === undefined) return { id, outcome: 'done' };
      for (const { detailType, code } of parked) {
        if (code.startsWith('MESSAGE_')) continue;
        deps.counters.count(detailType.startsWith('job.') ? 'result.parked' : 'event.parked');
        // Why is with the parked item: what a handler raised may quote the event, numbers and names.
        deps.logger.error('given up and parked', { messageId: id, code });
      }
      return { id, outcome: 'parked', parked };
    });
  }
}
