/** One logged-in connection to AMI. It does not come back: a link opens the next one. */
import { OdoopbxError, messageOf } from '#core/errors/odoopbx-error.ts';
import type { AmiAction, AmiReply, SendOptions } from '#core/ports/ami.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Random } from '#core/ports/random.ts';
import { actionIdOf, serializeAction } from './action.ts';
import type { AmiCredentials, AmiTimeouts } from './client-options.ts';
import { unlessDone } from './deadline.ts';
import type { FramerLimits } from './framer-options.ts';
import { Framer } from './framer.ts';
import type { AmiMessage, FramerCounts, Wanted } from './framer.ts';
import { keepAlive } from './keepalive.ts';
import { login } from './login.ts';
import { PendingActions } from './pending-actions.ts';
import type { Connect, Transport } from './transport.ts';

export interface SessionOptions {
  /** For the log. */
  name: string;
  connect: Connect;
  credentials: AmiCredentials;
  /** `off`, `on`, or classes separated by commas. */
  eventMask: string;
  wanted: Wanted;
  timeouts: AmiTimeouts;
  limits?: Partial<FramerLimits>;
  clock: Clock;
  random: Random;
  logger: Logger;
  /** Events that are no part of an action's list. */
  onEvent(event: AmiReply, receivedAt: number): void;
}

/** What Asterisk may leave unread before the connection counts as dead. */
const maxBacklogBytes = 4 * 1024 * 1024;

export class Session {
  readonly #options: SessionOptions;
  readonly #framer: Framer;
  readonly #pending: PendingActions;
  readonly #ended = new AbortController();
  readonly #banner: PromiseWithResolvers<string> = Promise.withResolvers();
  readonly #closed: PromiseWithResolvers<OdoopbxError> = Promise.withResolvers();
  #transport: Transport | undefined;
  #reason: OdoopbxError | undefined;
  #heardAt = 0;
  /** The first line that Asterisk sent: `Asterisk Call Manager/<version of AMI>`. */
  banner = '';

  constructor(options: SessionOptions) {
    this.#options = options;
    const { wanted, limits = {}, clock } = options;
    this.#framer = new Framer({ wanted, limits });
    this.#pending = new PendingActions({ clock, write: (wire) => this.#write(wire) });
    this.#banner.promise.catch(() => {});
  }

  /**
   * Connects and logs in. Rejects AMI_UNREACHABLE, AMI_LOGIN_REFUSED, AMI_CONNECTION_LOST, AMI_ACTION_TIMEOUT,
   * AMI_PROTOCOL (not AMI). `signal` aborts.
   */
  async open(signal: AbortSignal): Promise<void> {
    const { connect, clock, timeouts, credentials, eventMask } = this.#options;
    try {
      await this.#within(timeouts.connectMs, signal, async (deadline) => {
        const onData = (chunk: Uint8Array): void => this.#read(chunk);
        const onClose = (error: Error | undefined): void => this.#lost(error);
        this.#transport = await connect({ onData, onClose }, deadline);
      });
      await this.#within(timeouts.loginMs, signal, async (deadline) => {
        const giveUp = (): void => this.#fail(noLogin());
        deadline.addEventListener('abort', giveUp);
        this.banner = await this.#banner.promise;
        const options = { timeoutMs: timeouts.loginMs, signal: deadline };
        await login((action) => this.send(action, options), credentials, eventMask);
        deadline.removeEventListener('abort', giveUp);
      });
    } catch (error) {
      this.#fail(error instanceof OdoopbxError ? error : new OdoopbxError('AMI_PROTOCOL', messageOf(error)));
      throw this.#reason ?? error;
    }
    this.#heardAt = clock.now();
    void keepAlive(this.#keepaliveTarget(), timeouts, clock, this.#ended.signal);
  }

  /** See AmiActions.send; an Originate is sent as it is. */
  async send(action: AmiAction, options: SendOptions): Promise<AmiReply[]> {
    const id = actionIdOf(action) ?? this.#options.random.uuid();
    return this.#pending.add(id, serializeAction(action, id), options);
  }

  setWanted(wanted: Wanted): void {
    this.#framer.setWanted(wanted);
  }

  counts(): FramerCounts {
    return this.#framer.counts();
  }

  /** Resolves with the reason once the connection is gone; never rejects. */
  get closed(): Promise<OdoopbxError> {
    return this.#closed.promise;
  }

  /** Drops the connection. */
  abort(reason: OdoopbxError): void {
    this.#fail(reason);
  }

  /** Logs off and closes; resolves when the socket is gone. */
  async close(): Promise<void> {
    const { clock } = this.#options;
    this.#reason ??= new OdoopbxError('AMI_CONNECTION_LOST', 'the session was closed', { retryable: true });
    await this.send({ Action: 'Logoff' }, { timeoutMs: 1000 }).catch(() => []);
    this.#transport?.end();
    void unlessDone(clock, 1000, this.#ended.signal, () => this.#transport?.destroy());
    await this.#closed.promise;
  }

  #read(chunk: Uint8Array): void {
    this.#heardAt = this.#options.clock.now();
    this.#framer.push(chunk);
    for (let message = this.#framer.take(); message !== undefined; message = this.#framer.take()) {
      this.#handle(message);
    }
  }

  #handle(message: AmiMessage): void {
    if (message.kind === 'banner') {
      if (message.text.startsWith('Asterisk Call Manager')) this.#banner.resolve(message.text);
      else this.#fail(notAmi(message.text));
    } else if (message.kind === 'response') {
      this.#pending.response(message.headers);
    } else if (!this.#pending.event(message.headers)) {
      try {
        this.#options.onEvent(message.headers, this.#heardAt);
      } catch (error) {
        const fields = { session: this.#options.name, error: messageOf(error) };
        this.#options.logger.error('An AMI event listener failed', fields);
      }
    }
  }

  #write(wire: string): void {
    this.#transport?.write(wire);
    if ((this.#transport?.backlog ?? 0) > maxBacklogBytes) {
      this.#fail(new OdoopbxError('AMI_CONNECTION_LOST', 'Asterisk does not read', { retryable: true }));
    }
  }

  #fail(reason: OdoopbxError): void {
    this.#reason ??= reason;
    this.#banner.reject(this.#reason);
    this.#pending.close(this.#reason);
    if (this.#transport === undefined) this.#lost(undefined);
    else this.#transport.destroy();
  }

  #lost(error: Error | undefined): void {
    const message = error === undefined ? 'Asterisk closed the connection' : messageOf(error);
    this.#reason ??= new OdoopbxError('AMI_CONNECTION_LOST', message, { retryable: true, cause: error });
    this.#banner.reject(this.#reason);
    this.#pending.close(this.#reason);
    this.#ended.abort();
    this.#closed.resolve(this.#reason);
  }

  #keepaliveTarget(): Parameters<typeof keepAlive>[0] {
    const timeoutMs = this.#options.timeouts.stallMs;
    return {
      lastHeard: () => this.#heardAt,
      busyUntil: () => this.#pending.busyUntil(),
      // Its own deadline says nothing: any byte counts, and actions before it may take their time.
      ping: () => void this.send({ Action: 'Ping' }, { timeoutMs }).catch(() => []),
      stalled: (silentMs) => {
        const message = `Asterisk was silent for ${Math.round(silentMs / 1000)} s`;
        this.#fail(new OdoopbxError('AMI_CONNECTION_LOST', message, { retryable: true }));
      },
    };
  }

  /** Runs a step with a signal that aborts after `ms`, or with `signal`. */
  async #within(
    ms: number,
    signal: AbortSignal,
    step: (deadline: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const done = new AbortController();
    const over = new AbortController();
    const stop = AbortSignal.any([over.signal, signal]);
    void unlessDone(this.#options.clock, ms, done.signal, () => over.abort());
    try {
      await step(stop);
    } finally {
      done.abort();
    }
  }
}

function noLogin(): OdoopbxError {
  return new OdoopbxError('AMI_PROTOCOL', 'the other side did not complete an AMI login in time', {
    retryable: true,
  });
}

function notAmi(text: string): OdoopbxError {
  const shown = JSON.stringify(text.slice(0, 80));
  return new OdoopbxError('AMI_PROTOCOL', `the other side is no Asterisk Manager: it began with ${shown}`);
}
