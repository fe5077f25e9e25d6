import type { Random } from '#core/ports/random.ts';

/** Milliseconds before the n-th retry (from 1): doubling from one second to a minute, half of it jitter. */
export function retryDelay(attempt: number, random: Random): number {
  const ceiling = Math.min(60_000, 1000 * 2 ** Math.min(attempt - 1, 6));
  return ceiling / 2 + (random.fraction() * ceiling) / 2;
}
