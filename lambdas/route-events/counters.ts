/** What route-events counts. A metric each in the cloud; names and phone numbers are never part of one. */
export type RouteCount =
  | 'message.invalid'
  | 'message.sourceMismatch'
  /** Events (one per rule) whose handler ran. */
  | 'event.done'
  /** Had been handled before. */
  | 'event.duplicate'
  /** The rule is unknown or disabled by now. */
  | 'event.skipped'
  /** The handler raised; kept in Odoo with a retry button. */
  | 'event.failed'
  | 'event.parked'
  | 'result.done'
  | 'result.duplicate'
  /** No such job, or it went to another PBX. */
  | 'result.unknown'
  | 'result.failed'
  | 'result.parked'
  | 'status.recorded'
  | 'configure.sent'
  | 'odoo.call'
  | 'odoo.retry'
  | 'odoo.bisect';

export interface Counters {
  count(name: RouteCount, by?: number): void;
}
