import type { Counters, RouteCount } from '#lambdas/route-events/counters.ts';

/** What was routed since the start, for the page. */
export class RouteCounts implements Counters {
  readonly #counts = new Map<RouteCount, number>();

  count(name: RouteCount, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
  }

  get(name: RouteCount): number {
    return this.#counts.get(name) ?? 0;
  }
}
