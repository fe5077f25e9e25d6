import type { Clock } from '#core/ports/clock.ts';

/** A clock that stands still until `advance`; a sleep moves it on at once and is written down. */
export interface ManualClock extends Clock {
  advance(ms: number): void;
  readonly slept: number[];
}

export function manualClock(startMs = 1_790_000_000_000): ManualClock {
  let now = startMs;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    advance: (ms) => {
      now += ms;
    },
    sleep: (ms) => {
      slept.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
}
