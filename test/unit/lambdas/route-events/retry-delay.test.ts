import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { retryDelaySeconds } from '#lambdas/route-events/retry-delay.ts';

it('doubles from 5 s to 15 min', () => {
  const delays = [1, 2, 3, 6, 8, 9, 50].map((count) => retryDelaySeconds(count, 0.5));
  expect(delays).toEqual([5, 10, 20, 160, 640, 900, 900]);
});

it('stays within 5 s and 15 min, whatever the jitter and the server ask', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      fc.integer({ min: 0, max: 1_000_000 }),
      (count, fraction, retryAfter) => {
        const seconds = retryDelaySeconds(count, fraction, retryAfter);
        expect(seconds).toBeGreaterThanOrEqual(5);
        expect(seconds).toBeLessThanOrEqual(900);
      },
    ),
  );
});

it('waits as long as the server asks', () => {
  expect(retryDelaySeconds(1, 0.5, 60)).toBe(60);
});
