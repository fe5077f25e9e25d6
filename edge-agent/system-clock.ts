import type { Clock } from '#core/ports/clock.ts';

/** Node's timers hold 2^31 - 1 ms at most and fire at once beyond. */
const maxTimeoutMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep(ms, signal) {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, Math.min(Math.max(0, ms), maxTimeoutMs));
      signal?.addEventListener('abort', wake, { once: true });
    });
  },
};
