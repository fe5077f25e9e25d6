/**
 * Actions on their way through one AMI session, matched to their answers by ActionID.
 *
 * Invariants: every action settles exactly once; at most `maxInFlight` are with Asterisk and `maxQueued` wait
 * here; an action whose deadline passed while it waited here was never sent.
 */
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { AmiReply, SendOptions } from '#core/ports/ami.ts';
import type { Clock } from '#core/ports/clock.ts';
import { unlessDone } from './deadline.ts';
import { collect, isListStart } from './event-list.ts';
import { headerOf } from './headers.ts';

interface PendingAction {
  readonly id: string;
  readonly wire: string;
  readonly deadline: number;
  readonly replies: AmiReply[];
  readonly settled: AbortController;
  sent: boolean;
  resolve(replies: AmiReply[]): void;
  reject(error: OdoopbxError): void;
}

export interface PendingActionsOptions {
  write: (wire: string) => void;
  clock: Clock;
  /** Asterisk runs the actions of a session one after another; more in flight only saves round trips. */
  maxInFlight?: number;
  maxQueued?: number;
}

export class PendingActions {
  readonly #write: (wire: string) => void;
  readonly #clock: Clock;
  readonly #maxInFlight: number;
  readonly #maxQueued: number;
  readonly #inFlight = new Map<string, PendingAction>();
  readonly #queue = new Map<string, PendingAction>();
  #closed: OdoopbxError | undefined;

  constructor({ write, clock, maxInFlight = 16, maxQueued = 1000 }: PendingActionsOptions) {
    this.#write = write;
    this.#clock = clock;
    this.#maxInFlight = maxInFlight;
    this.#maxQueued = maxQueued;
  }

  /** Resolves with the response and the event list; rejects as AmiActions.send does. */
  add(id: string, wire: string, { timeoutMs, signal }: SendOptions): Promise<AmiReply[]> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) return reject(notConnected(this.#closed));
      if (this.#inFlight.has(id) || this.#queue.has(id)) {
        return reject(new OdoopbxError('AMI_ACTION_INVALID', `ActionID ${id} is in use by another action`));
      }
      if (this.#queue.size >= this.#maxQueued) {
        const message = `${this.#maxQueued} actions wait for Asterisk already`;
        return reject(new OdoopbxError('AMI_BUSY', message, { retryable: true }));
      }
      const deadline = this.#clock.now() + timeoutMs;
      const settled = new AbortController();
      const pending = { id, wire, deadline, replies: [], settled, sent: false, resolve, reject };
      this.#queue.set(id, pending);
      this.#expire(pending, timeoutMs, signal);
      this.#sendQueued();
    });
  }

  /** Unix milliseconds until which an answer in flight may keep Asterisk silent; 0 when none is. */
  busyUntil(): number {
    let latest = 0;
    for (const pending of this.#inFlight.values()) latest = Math.max(latest, pending.deadline);
    return latest;
  }

  response(headers: AmiReply): void {
    // Old versions answer some errors without an ActionID; answers come in the order of the actions.
    const id = headerOf(headers, 'ActionID') || this.#inFlight.keys().next().value;
    const pending = id === undefined ? undefined : this.#inFlight.get(id);
    // An answer after its deadline was already reported as a time-out.
    if (pending === undefined || pending.replies.length > 0) return;
    pending.replies.push(headers);
    if (!isListStart(headers)) this.#settle(pending, () => pending.resolve(pending.replies));
  }

  /** Whether the event belongs to the list of an action in flight. */
  event(headers: AmiReply): boolean {
    const id = headers['ActionID'];
    if (typeof id !== 'string') return false;
    const pending = this.#inFlight.get(id);
    if (pending === undefined || pending.replies.length === 0) return false;
    const outcome = collect(pending.replies, headers);
    if (outcome === 'complete') this.#settle(pending, () => pending.resolve(pending.replies));
    if (outcome === 'too long') {
      const message = `the event list of ${id} is longer than the limit`;
      this.#settle(pending, () => pending.reject(new OdoopbxError('AMI_PROTOCOL', message)));
    }
    return true;
  }

  /** Nothing comes back any more: what was sent has an unknown outcome, what waited was never sent. */
  close(reason: OdoopbxError): void {
    this.#closed = reason;
    for (const pending of [...this.#inFlight.values(), ...this.#queue.values()]) {
      this.#settle(pending, () => pending.reject(pending.sent ? lost(reason) : notConnected(reason)));
    }
  }

  #sendQueued(): void {
    for (const pending of this.#queue.values()) {
      if (this.#inFlight.size >= this.#maxInFlight) return;
      this.#queue.delete(pending.id);
      this.#inFlight.set(pending.id, pending);
      pending.sent = true;
      this.#write(pending.wire);
    }
  }

  #expire(pending: PendingAction, timeoutMs: number, signal: AbortSignal | undefined): void {
    const giveUp = (why: string): void => {
      const outcome = pending.sent ? 'its outcome is unknown' : 'it was not sent';
      const message = `no answer to action ${pending.id}: ${why}; ${outcome}`;
      this.#settle(pending, () => pending.reject(new OdoopbxError('AMI_ACTION_TIMEOUT', message)));
    };
    const settled = pending.settled.signal;
    void unlessDone(this.#clock, timeoutMs, settled, () => giveUp(`${timeoutMs} ms are over`));
    if (signal?.aborted === true) giveUp('given up by the caller');
    signal?.addEventListener('abort', () => giveUp('given up by the caller'), {
      once: true,
      signal: settled,
    });
  }

  #settle(pending: PendingAction, settle: () => void): void {
    if (pending.settled.signal.aborted) return;
    pending.settled.abort();
    this.#queue.delete(pending.id);
    this.#inFlight.delete(pending.id);
    settle();
    if (this.#closed === undefined) this.#sendQueued();
  }
}

function lost(reason: OdoopbxError): OdoopbxError {
  const message = `the connection to Asterisk was lost, the action's outcome is unknown: ${reason.message}`;
  return new OdoopbxError('AMI_CONNECTION_LOST', message, { cause: reason });
}

export function notConnected(reason?: OdoopbxError): OdoopbxError {
  const why = reason === undefined ? '' : `: ${reason.message}`;
  return new OdoopbxError('AMI_NOT_CONNECTED', `Asterisk is not connected${why}`, {
    retryable: true,
    cause: reason,
  });
}
