import type { Counters, RouteCount } from './counters.ts';

/** Each metric of each tenant is paid for by the month: what is counted goes into few of them. */
const metrics: Partial<Record<RouteCount, string>> = {
  'event.done': 'EventsDelivered',
  'event.failed': 'HandlersFailed',
  'result.done': 'ResultsDelivered',
  'result.failed': 'HandlersFailed',
  'event.parked': 'Parked',
  'result.parked': 'Parked',
  'message.invalid': 'Parked',
  'message.sourceMismatch': 'Parked',
  'odoo.call': 'OdooCalls',
  'odoo.retry': 'OdooRetries',
};

export function createRouteMetrics(tenant: { count(name: string, by?: number): void }): Counters {
  return {
    count(name, by = 1) {
      const metric = metrics[name];
      // A count of nothing would make the metric, and its price.
      if (metric !== undefined && by > 0) tenant.count(metric, by);
    },
  };
}
