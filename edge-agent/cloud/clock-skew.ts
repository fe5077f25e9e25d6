import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';

/** From here on the times in Odoo's records are visibly wrong. */
const wrongMs = 60_000;
/** A clock that is about that much wrong must not warn back and forth. */
const rightMs = 45_000;

export interface SkewWatch {
  /** The `Date` header of an answer that came just now. */
  observe(date: string | undefined): void;
  /** Seconds that this PBX's clock is ahead (negative: behind); null: not known yet. */
  seconds(): number | null;
}

/** Compares AWS's clock with this PBX's and says so once when they part by over a minute, and when they meet again. */
export function createSkewWatch(
  clock: Clock,
  logger: Logger,
  changed: () => void = () => undefined,
): SkewWatch {
  let skewMs: number | null = null;
  let warnedMs: number | null = null;

  return {
    observe(date) {
      const theirs = date === undefined ? Number.NaN : Date.parse(date);
      if (Number.isNaN(theirs)) return;
      skewMs = clock.now() - theirs;
      if (warnedMs !== null && Math.abs(skewMs) < rightMs) {
        warnedMs = null;
        logger.info('clock agrees with AWS again');
        changed();
      } else if (Math.abs(skewMs) > wrongMs && (warnedMs === null || Math.abs(skewMs - warnedMs) > wrongMs)) {
        warnedMs = skewMs;
        logger.warn("clock differs from AWS's: events carry the wrong time", {
          seconds: Math.round(skewMs / 1000),
        });
        changed();
      }
    },
    seconds: () => (skewMs === null ? null : Math.round(skewMs / 1000)),
  };
}
