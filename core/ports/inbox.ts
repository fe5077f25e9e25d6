import type { BusEvent } from '../contracts/bus-entry.ts';

/** A message in a tenant's inbox: one bus entry. */
export interface InboxMessage {
  id: string;
  /** Not yet validated. */
  event: BusEvent;
  /** How often it was received, this time included. */
  receiveCount: number;
}

/** What route-events decided on one message. */
export type MessageOutcome =
  | { id: string; outcome: 'done' }
  /** Leave it in the inbox and look again after `afterSeconds` (5 s to 15 min). */
  | { id: string; outcome: 'retry'; afterSeconds: number; code: string; message: string }
  /**
   * Given up: to the tenant's DLQ with its error. `detail` is the part that failed (a batch of the poisoned
   * items alone), everything else of the message was delivered.
   */
  | { id: string; outcome: 'parked'; parked: readonly ParkedItem[] };

export interface ParkedItem {
  detailType: string;
  source: string;
  detail: unknown;
  code: string;
  message: string;
  /** The end of Odoo's traceback, where Odoo gave one. */
  traceback?: string;
}
