import type { AmiActions, AmiEventListener, AmiLinkStatus } from '#core/ports/ami.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Random } from '#core/ports/random.ts';
import type { BackoffOptions } from './backoff.ts';
import type { FramerLimits } from './framer-options.ts';

export interface AmiCredentials {
  username: string;
  secret: string;
}

/** TLS to AMI: `true` trusts the system's authorities; `ca` is PEM and replaces them. */
export type AmiTls = boolean | { ca?: string; servername?: string };

/** All in milliseconds. */
export interface AmiTimeouts {
  /** TCP and TLS handshake. Default 10,000. */
  connectMs: number;
  /** Banner, challenge and login together. Default 10,000: a refused login alone takes Asterisk 1 s. */
  loginMs: number;
  /** Silence after which a Ping is sent. Default 15,000. */
  idleMs: number;
  /** Silence after that Ping until the connection is called dead. Default 10,000. */
  stallMs: number;
  /** Added to an Originate's own Timeout while its OriginateResponse is awaited. Default 5,000. */
  originateSlackMs: number;
}

export const defaultTimeouts: AmiTimeouts = {
  connectMs: 10_000,
  loginMs: 10_000,
  idleMs: 15_000,
  stallMs: 10_000,
  originateSlackMs: 5000,
};

export interface AmiClientOptions {
  host: string;
  port: number;
  tls?: AmiTls;
  /** User of the events session: read classes alone suffice. */
  events: AmiCredentials;
  /** User of the actions session (`Events: off`). May be the same user. */
  actions: AmiCredentials;
  listener: AmiEventListener;
  clock: Clock;
  random: Random;
  logger: Logger;
  timeouts?: Partial<AmiTimeouts>;
  backoff?: Partial<BackoffOptions>;
  limits?: Partial<FramerLimits>;
  /**
   * Ask Asterisk itself to send only the wanted events (action `Filter`, write class `system` for the events
   * user, Asterisk 18.26 / 20.11 / 21.6 / 22.1 or later). Where it is refused the client goes on without.
   * Default false.
   */
  filters?: boolean;
}

/** Counted since the client was made, over all connections of the events session. */
export interface AmiCounts {
  /** Messages framed, wanted or not. */
  received: number;
  /** Events parsed whole and handed to the listener. */
  delivered: number;
  /** Events skipped at the byte level because nobody wanted them. */
  skipped: number;
  /** Damaged or oversized pieces of input that were skipped. */
  damaged: number;
  /** Times that the events session was lost after it was up. */
  connectionsLost: number;
}

export interface AmiClient {
  /** Connects and keeps connecting until `stop()`. A second call does nothing. */
  start(): void;
  /**
   * Logs off and closes both sessions; pending actions reject with AMI_CONNECTION_LOST. Resolves when both
   * sockets are gone.
   */
  stop(): Promise<void>;
  readonly actions: AmiActions;
  status(): AmiLinkStatus;
  /** Called on every change of state; returns the function that unsubscribes. */
  onStatus(listener: (status: AmiLinkStatus) => void): () => void;
  /**
   * Reads `listener.wanted()` anew and applies it: to the framer at once, to the event mask and the server-side
   * filters by actions on the events session. Never rejects: what Asterisk refuses is logged.
   */
  refreshFilters(): Promise<void>;
  counts(): AmiCounts;
}
