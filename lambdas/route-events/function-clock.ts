import { randomUUID } from 'node:crypto';
import type { Clock } from '#core/ports/clock.ts';
import type { Random } from '#core/ports/random.ts';

export const functionClock: Clock = {
  now: () => Date.now(),
  sleep(ms, signal) {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const wake = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      signal?.addEventListener('abort', wake, { once: true });
    });
  },
};

/** `fraction` is for jitter, not for secrets. */
export const functionRandom: Random = { fraction: Math.random, uuid: () => randomUUID() };
