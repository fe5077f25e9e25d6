import type { DetailType } from '../contracts/bus-entry.ts';

export interface BusEntry {
  source: string;
  detailType: DetailType;
  /** The detail, encoded as JSON. */
  detail: string;
}

export type PutOutcome =
  | { accepted: true }
  /** `retryable: false`: refused for good, put it aside. */
  | { accepted: false; retryable: boolean; message: string };

/** The event bus as the edge sees it: EventBridge, or the inbox of standalone. */
export interface Bus {
  /**
   * At most 10 entries, 1 MB together. One outcome per entry, in order. Rejects (OdoopbxError BUS_UNREACHABLE,
   * retryable) when nothing was accepted.
   */
  put(entries: readonly BusEntry[], signal?: AbortSignal): Promise<PutOutcome[]>;
}
