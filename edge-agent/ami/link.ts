import { OdoopbxError, messageOf } from '#core/errors/odoopbx-error.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Backoff } from './backoff.ts';
import type { Session } from './session.ts';

export type LinkState = 'stopped' | 'connecting' | 'refused' | 'up';

export interface LinkOptions {
  name: string;
  /** A new session, not opened. */
  newSession: () => Session;
  backoff: Backoff;
  clock: Clock;
  logger: Logger;
  /** Logged in. What it rejects with drops the session. */
  onUp(session: Session): Promise<void>;
  /** Once after each onUp, at the moment of the loss. */
  onDown(session: Session, reason: OdoopbxError): void;
  onChange(): void;
}

/** A session that lived this long was no fluke: the next pause is short again. */
const stableMs = 10_000;

/** Keeps one session open: opens the next one whenever it ends. */
export class Link {
  readonly #options: LinkOptions;
  #stopping: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();
  /** The session while it is logged in. */
  session: Session | undefined;
  state: LinkState = 'stopped';
  error: string | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#stopping !== undefined) return;
    this.#stopping = new AbortController();
    this.#running = this.#run(this.#stopping.signal);
  }

  /** Resolves when the session is closed; the link can be started again. */
  async stop(): Promise<void> {
    this.#stopping?.abort();
    await this.session?.close();
    await this.#running;
    this.#stopping = undefined;
    this.#set('stopped', undefined);
  }

  async #run(stop: AbortSignal): Promise<void> {
    this.#set('connecting', undefined);
    while (!stop.aborted) {
      const pause = await this.#oneSession(stop);
      if (!stop.aborted) await this.#options.clock.sleep(pause, stop);
    }
  }

  /** Lives one session from connecting to its loss; returns the pause before the next. */
  async #oneSession(stop: AbortSignal): Promise<number> {
    const { newSession, clock, backoff, logger, name } = this.#options;
    const session = newSession();
    try {
      await session.open(stop);
    } catch (error) {
      if (stop.aborted) return 0;
      const refused = error instanceof OdoopbxError && error.code === 'AMI_LOGIN_REFUSED';
      logger.warn('AMI connection failed', { session: name, error: messageOf(error) });
      this.#set(refused ? 'refused' : 'connecting', messageOf(error));
      return refused ? backoff.afterRefusal() : backoff.afterFailure();
    }
    const upAt = clock.now();
    this.session = session;
    const lost = session.closed.then((reason) => {
      this.session = undefined;
      this.#options.onDown(session, reason);
      return reason;
    });
    this.#set('up', undefined);
    logger.info('AMI session is up', { session: name });
    this.#options.onUp(session).catch((error: unknown) => {
      const message = messageOf(error);
      session.abort(new OdoopbxError('AMI_PROTOCOL', message, { retryable: true, cause: error }));
    });
    const reason = await lost;
    if (stop.aborted) return 0;
    logger.warn('AMI session was lost', { session: name, error: reason.message });
    this.#set('connecting', reason.message);
    if (clock.now() - upAt >= stableMs) backoff.succeeded();
    return backoff.afterFailure();
  }

  #set(state: LinkState, error: string | undefined): void {
    this.state = state;
    this.error = error;
    this.#options.onChange();
  }
}
