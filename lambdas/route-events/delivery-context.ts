import type { PbxId } from '#core/contracts/names.ts';
import type { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { ParkedItem } from '#core/ports/inbox.ts';
import type { OdooTarget, RouteDeps } from './route-deps.ts';
import type { WorkItem } from './work-item.ts';

/** What a delivery to one Odoo works with. */
export interface DeliveryContext {
  readonly pbx: PbxId;
  readonly odoo: OdooTarget;
  readonly deps: RouteDeps;
  readonly settlements: Settlements;
  /** Throws StopRouting when a call to Odoo might not end in time. */
  checkTime(work: WorkItem): void;
}

/** What became of each piece of work in this call. */
export interface Settlements {
  isSettled(work: WorkItem): boolean;
  done(work: WorkItem): void;
  /** Parts of one piece of work may be parked one by one: `done` closes it. */
  park(work: WorkItem, parked: ParkedItem): void;
}

/** Received more often than this, a message is suspected to be the cause itself, once a probe of Odoo answers. */
const patience = 5;

export function isSuspect(work: WorkItem): boolean {
  return work.message.receiveCount > patience;
}

const tries = 3;

/** How often one piece of work may fail before it is parked. */
export function triesOf(work: WorkItem, error: OdoopbxError): number {
  // A call that times out costs a minute: the receives since suspicion began count as tries.
  if (error.code !== 'ODOO_TIMEOUT') return tries;
  return Math.max(1, tries - Math.max(0, work.message.receiveCount - patience - 1));
}

/** Between two tries: short where Odoo answered, longer where it struggles. */
export function pauseMs(failures: number, error: OdoopbxError): number {
  return failures * (error.retryable ? 1000 : 100);
}
