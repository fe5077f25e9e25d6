import type { Clock } from '#core/ports/clock.ts';

/** A clock whose sleepers wait until `advance` brings their time, or their signal aborts. */
export interface TimerClock extends Clock {
  /** Moves time on, waking sleepers in order, and lets what they do run. */
  advance(ms: number): Promise<void>;
}

export function timerClock(startMs = 1_790_000_000_000): TimerClock {
  let now = startMs;
  const sleepers = new Set<{ at: number; wake: () => void }>();
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const sleeper = {
          at: now + ms,
          wake: () => {
            sleepers.delete(sleeper);
            signal?.removeEventListener('abort', sleeper.wake);
            resolve();
          },
        };
        if (signal?.aborted) return resolve();
        sleepers.add(sleeper);
        signal?.addEventListener('abort', sleeper.wake);
      }),
    async advance(ms) {
      const end = now + ms;
      await breathe();
      for (;;) {
        const [next] = [...sleepers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at);
        if (!next) break;
        now = next.at;
        next.wake();
        await breathe();
      }
      now = end;
      await breathe();
    },
  };
}

/** Lets everything run that waits for nothing but its turn. */
function breathe(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
