import type { ParkedItem } from '#core/ports/inbox.ts';

/**
 * What one process remembers from call to call. It is a help, not a promise: after a restart it is empty, and
 * an Odoo without the gateway gets an event again that it has had (at-least-once).
 */
export interface RouteMemory {
  /** Whether this handler call or notification was made, or given up (then with a key of its own). */
  settled(key: string): boolean;
  settle(key: string, parked?: ParkedItem): void;
  parkedAs(key: string): ParkedItem | undefined;
  /** Counts one more failure and returns how many there are. */
  failedAgain(key: string): number;
  /** True once per `windowMs` and key. */
  once(key: string, now: number, windowMs: number): boolean;
  value(key: string): string | undefined;
  keep(key: string, value: string): void;
}

const maxKeys = 50_000;

export function createRouteMemory(): RouteMemory {
  const settled = new Map<string, ParkedItem | null>();
  const failures = new Map<string, number>();
  const times = new Map<string, number>();
  const values = new Map<string, string>();
  return {
    settled: (key) => settled.has(key),
    settle(key, parked) {
      failures.delete(key);
      put(settled, key, parked ?? null);
    },
    parkedAs: (key) => settled.get(key) ?? undefined,
    failedAgain(key) {
      const count = (failures.get(key) ?? 0) + 1;
      put(failures, key, count);
      return count;
    },
    once(key, now, windowMs) {
      const last = times.get(key);
      // A time to come: the clock was put back since.
      if (last !== undefined && last <= now && now - last < windowMs) return false;
      put(times, key, now);
      return true;
    },
    value: (key) => values.get(key),
    keep: (key, value) => put(values, key, value),
  };
}

/** The oldest key makes room. */
function put<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= maxKeys) return;
  const oldest = map.keys().next();
  if (oldest.done !== true) map.delete(oldest.value);
}
