import { OdoopbxError, messageOf } from '#core/errors/odoopbx-error.ts';
import type { InboxMessage } from '#core/ports/inbox.ts';
import { OdooFault } from '#odoo/faults.ts';

/** Why this call delivers nothing more of this tenant for now. Thrown inside route-events, never out of it. */
export class StopRouting extends Error {
  readonly code: string;
  /** What the server asked to wait; 0: as the count of receives says. */
  readonly retryAfterSeconds: number;
  /** The message that it happened on. */
  readonly at: InboxMessage | undefined;
  /** The time is up, nothing is wrong. */
  readonly outOfTime: boolean;
  /** It concerns one PBX; the tenant's others go on meanwhile. */
  othersGoOn = false;

  constructor(cause: OdoopbxError, at: InboxMessage | undefined, outOfTime = false) {
    super(cause.message, { cause });
    this.code = cause.code;
    this.retryAfterSeconds = cause instanceof OdooFault ? (cause.retryAfterSeconds ?? 0) : 0;
    this.at = at;
    this.outOfTime = outOfTime;
  }
}

/** Anything thrown, as an error with a code; what has none is a fault of a store or of ours: try again later. */
export function asOdoopbxError(error: unknown): OdoopbxError {
  if (error instanceof OdoopbxError) return error;
  return new OdoopbxError('ROUTE_FAILED', messageOf(error), { retryable: true, cause: error });
}

/** Time to stop: what is left of it is less than one call to Odoo may take, and a margin to answer. */
const marginMs = 2000;

export function checkTime(remainingMs: number, timeoutMs: number, at: InboxMessage | undefined): void {
  if (remainingMs >= timeoutMs + marginMs) return;
  const message = 'the remaining time is shorter than a call to Odoo may take';
  throw new StopRouting(new OdoopbxError('ROUTE_OUT_OF_TIME', message, { retryable: true }), at, true);
}
