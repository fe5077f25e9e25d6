import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { Bus, BusEntry, PutOutcome } from '#core/ports/bus.ts';

/** What the bus does with one request; afterwards it is well again. */
export type BusBehaviour =
  /** Rejects as a whole, nothing is accepted. */
  | { kind: 'unreachable' }
  /** All entries fail and may be sent again. */
  | { kind: 'throttle' }
  /** The entries at these places fail; `retryable: false` refuses them for good. */
  | { kind: 'fail'; places: readonly number[]; retryable: boolean }
  /** Answers only after the promise; then accepts. */
  | { kind: 'wait'; until: Promise<unknown> }
  /** Accepts, but the answer is lost: rejects. */
  | { kind: 'lost-answer' };

/** A bus in memory that keeps EventBridge's limits and misbehaves to order. */
export class FakeBus implements Bus {
  /** Accepted entries, in order. */
  readonly accepted: BusEntry[] = [];
  /** Every request, also those that failed. */
  readonly requests: (readonly BusEntry[])[] = [];
  /** Refuses for good each entry that it returns a message for. */
  refuse: (entry: BusEntry) => string | undefined = () => undefined;
  /** Fails each entry that it says true for; it may be sent again. */
  throttle: (entry: BusEntry) => boolean = () => false;
  /** Rejects every request while set. */
  down = false;
  #behaviours: BusBehaviour[] = [];
  #inFlight = 0;

  /** The next requests get these behaviours, one each. */
  next(...behaviours: BusBehaviour[]): void {
    this.#behaviours.push(...behaviours);
  }

  async put(entries: readonly BusEntry[], signal?: AbortSignal): Promise<PutOutcome[]> {
    this.requests.push(entries);
    if (entries.length < 1 || entries.length > 10)
      throw new Error(`${entries.length} entries in one request`);
    const bytes = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
    if (bytes > 1024 * 1024) throw new Error(`${bytes} bytes in one request`);
    if (this.#inFlight > 0) throw new Error('two requests in flight');
    this.#inFlight += 1;
    try {
      return await this.#answer(entries, signal);
    } finally {
      this.#inFlight -= 1;
    }
  }

  async #answer(entries: readonly BusEntry[], signal?: AbortSignal): Promise<PutOutcome[]> {
    const behaviour = this.#behaviours.shift();
    if (this.down || behaviour?.kind === 'unreachable') throw unreachable();
    if (behaviour?.kind === 'wait') await Promise.race([behaviour.until, aborted(signal)]);
    const outcomes = entries.map((entry, place): PutOutcome => {
      if (behaviour?.kind === 'throttle' || this.throttle(entry))
        return { accepted: false, retryable: true, message: 'ThrottlingException' };
      if (behaviour?.kind === 'fail' && behaviour.places.includes(place))
        return { accepted: false, retryable: behaviour.retryable, message: 'InternalFailure' };
      const refusal = this.refuse(entry) ?? tooLarge(entry);
      if (refusal !== undefined) return { accepted: false, retryable: false, message: refusal };
      this.accepted.push(entry);
      return { accepted: true };
    });
    if (behaviour?.kind === 'lost-answer') throw unreachable();
    return outcomes;
  }
}

function tooLarge(entry: BusEntry): string | undefined {
  return sizeOf(entry) > 256 * 1024 ? 'ValidationException: the entry is too large' : undefined;
}

/** EventBridge's own reckoning: time 14 bytes, then source, detail type and detail. */
function sizeOf({ source, detailType, detail }: BusEntry): number {
  return 14 + Buffer.byteLength(source) + Buffer.byteLength(detailType) + Buffer.byteLength(detail);
}

function unreachable(): OdoopbxError {
  return new OdoopbxError('BUS_UNREACHABLE', 'the bus can not be reached', { retryable: true });
}

function aborted(signal?: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal?.aborted) reject(unreachable());
    signal?.addEventListener('abort', () => {
      reject(unreachable());
    });
  });
}
