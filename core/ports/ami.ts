import type { AmiEvent } from '../contracts/ami-event.ts';

/**
 * An AMI action: header to value; a list repeats the header (`Variable: [a=1, b=2]`). `Action` is required.
 * CR, LF and NUL are refused in keys and values.
 */
export type AmiAction = { readonly Action: string } & {
  readonly [header: string]: string | readonly string[];
};

/** A response or an event as plain headers (see AmiEvent): the response first, then the event list. */
export type AmiReply = { [header: string]: string | string[] };

export interface SendOptions {
  timeoutMs: number;
  signal?: AbortSignal;
}

/** Actions as the job functions see them. */
export interface AmiActions {
  /**
   * The response and, for list actions, every event up to `*Complete` (or Cancelled). A synchronous Originate
   * is sent Async and answered from its OriginateResponse. `Response: Error` is an answer, not an exception.
   * Rejects with AMI_NOT_CONNECTED, AMI_CONNECTION_LOST (outcome unknown), AMI_ACTION_TIMEOUT (outcome
   * unknown), AMI_ACTION_INVALID (nothing was sent).
   */
  send(action: AmiAction, options: SendOptions): Promise<AmiReply[]>;
}

export type AmiLinkState = 'connected' | 'connecting' | 'refused' | 'stopped';

export interface AmiLinkStatus {
  state: AmiLinkState;
  /** Unix milliseconds. */
  since: number;
  asteriskVersion: string | null;
  error?: string;
}

/** What the event side hears from AMI. */
export interface AmiEventListener {
  /** Names that the framer must parse whole; all other events are skipped at the byte level and counted. */
  wanted(): ReadonlySet<string> | 'all';
  /** `receivedAt`: Unix milliseconds of the agent's clock. */
  event(event: AmiEvent, receivedAt: number): void;
  /** The link came up (again): logged in, before the first event of this link. */
  linkUp(info: { asteriskVersion: string | null; systemName: string | null }): void;
  linkDown(info: { at: number; error: string }): void;
}
