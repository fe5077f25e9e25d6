/**
 * A synchronous Originate stalls its session until the call is answered or fails, and then says only "Originate
 * failed". So it is sent Async and answered from its OriginateResponse, which comes in the events session.
 */
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { AmiAction, AmiReply, SendOptions } from '#core/ports/ami.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Random } from '#core/ports/random.ts';
import { actionIdOf, headerOfAction } from './action.ts';
import { unlessDone } from './deadline.ts';
import { headerOf } from './headers.ts';

/** Asterisk's own default of the header `Timeout`. */
const defaultTimeoutMs = 30_000;

/** Values of `Reason` (control frames of Asterisk, 0 where none tells). */
const reasons: Readonly<Record<string, string>> = {
  '0': 'no such number or extension, not reachable, or refused',
  '1': 'hung up before it was answered',
  '3': 'not answered',
  '4': 'answered',
  '5': 'busy',
  '8': 'congestion',
};

export function isSynchronousOriginate(action: AmiAction): boolean {
  if (action.Action.toLowerCase() !== 'originate') return false;
  // What Asterisk's ast_true() takes for true.
  return !/^(yes|true|y|t|1|on)$/i.test(headerOfAction(action, 'async') ?? '');
}

export interface OriginatesOptions {
  /** Sends on the actions session. */
  send(action: AmiAction, options: SendOptions): Promise<AmiReply[]>;
  clock: Clock;
  random: Random;
  slackMs: number;
}

type Outcome = PromiseWithResolvers<AmiReply>;

export class Originates {
  readonly #options: OriginatesOptions;
  readonly #waiting = new Map<string, Outcome>();

  constructor(options: OriginatesOptions) {
    this.#options = options;
  }

  /** Every OriginateResponse of the events session. */
  event(event: AmiReply): void {
    this.#waiting.get(headerOf(event, 'ActionID'))?.resolve(event);
  }

  /** The events session is gone and the answers with it. */
  eventsLost(reason: OdoopbxError): void {
    const message = `the events session was lost, the Originate's outcome is unknown: ${reason.message}`;
    const error = new OdoopbxError('AMI_CONNECTION_LOST', message, { cause: reason });
    for (const outcome of this.#waiting.values()) outcome.reject(error);
  }

  /**
   * The response, amended by the outcome (`Response`, `Message` with the reason, `Reason`, `Uniqueid`,
   * `Channel`), and the OriginateResponse. `timeoutMs` bounds the response; the outcome may take the action's
   * own Timeout and the slack, if that is longer.
   */
  async send(action: AmiAction, options: SendOptions): Promise<AmiReply[]> {
    const id = actionIdOf(action) ?? this.#options.random.uuid();
    if (this.#waiting.has(id)) {
      throw new OdoopbxError('AMI_ACTION_INVALID', `ActionID ${id} is in use by another Originate`);
    }
    const outcome: Outcome = Promise.withResolvers();
    outcome.promise.catch(() => {});
    // Before it is sent: the two sessions are two sockets, and the event may overtake the response.
    this.#waiting.set(id, outcome);
    const done = new AbortController();
    try {
      const startedAt = this.#options.clock.now();
      const [response] = await this.#options.send(this.#asynchronous(action, id), options);
      if (response === undefined || headerOf(response, 'Response') !== 'Success') {
        return response === undefined ? [] : [response];
      }
      const total = Math.max(options.timeoutMs, ringingMs(action) + this.#options.slackMs);
      this.#giveUp(id, outcome, startedAt + total - this.#options.clock.now(), options.signal, done.signal);
      const event = await outcome.promise;
      return [amended(response, event), event];
    } finally {
      this.#waiting.delete(id);
      done.abort();
    }
  }

  #asynchronous(action: AmiAction, id: string): AmiAction {
    const headers: Record<string, string | readonly string[]> = {};
    for (const [key, value] of Object.entries(action)) {
      if (!/^(async|actionid)$/i.test(key)) headers[key] = value;
    }
    // A known Uniqueid ties the events of the call to this action.
    if (headerOfAction(action, 'channelid') === undefined) headers['ChannelId'] = this.#options.random.uuid();
    return { ...headers, Action: action.Action, ActionID: id, Async: 'true' };
  }

  #giveUp(
    id: string,
    outcome: Outcome,
    ms: number,
    signal: AbortSignal | undefined,
    done: AbortSignal,
  ): void {
    const fail = (why: string): void => {
      const message = `no OriginateResponse to ${id}: ${why}; its outcome is unknown`;
      outcome.reject(new OdoopbxError('AMI_ACTION_TIMEOUT', message));
    };
    void unlessDone(this.#options.clock, ms, done, () => fail('has the events user the read class "call"?'));
    if (signal?.aborted === true) fail('given up by the caller');
    signal?.addEventListener('abort', () => fail('given up by the caller'), { once: true, signal: done });
  }
}

function ringingMs(action: AmiAction): number {
  const text = headerOfAction(action, 'timeout') ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) : defaultTimeoutMs;
}

function amended(response: AmiReply, event: AmiReply): AmiReply {
  const succeeded = headerOf(event, 'Response') === 'Success';
  const reason = headerOf(event, 'Reason');
  const told = reasons[reason] ?? `reason ${reason}`;
  return {
    ...response,
    Response: succeeded ? 'Success' : 'Error',
    Message: succeeded ? headerOf(response, 'Message') : `Originate failed: ${told}`,
    Reason: reason,
    Uniqueid: headerOf(event, 'Uniqueid'),
    Channel: headerOf(event, 'Channel'),
  };
}
