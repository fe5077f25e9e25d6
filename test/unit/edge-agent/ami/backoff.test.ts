import { expect, test } from 'vitest';
import { Backoff } from '#edge-agent/ami/backoff.ts';
import { fixedRandom } from '#test/support/fixed-random.ts';

const options = { firstMs: 100, maxMs: 1000, refusedMs: 5000, maxRefusedMs: 20_000 };
const times = <T>(count: number, call: () => T): T[] => Array.from({ length: count }, call);

test('doubles up to its ceiling, anywhere between nothing and the ceiling', () => {
  const half = new Backoff(fixedRandom(0.5), options);
  expect(times(6, () => half.afterFailure())).toEqual([50, 100, 200, 400, 500, 500]);
  const least = new Backoff(fixedRandom(0), options);
  expect(times(3, () => least.afterFailure())).toEqual([0, 0, 0]);
});

test('a refused login waits long from the first time', () => {
  const least = new Backoff(fixedRandom(0), options);
  expect(times(3, () => least.afterRefusal())).toEqual([5000, 5000, 5000]);
  const half = new Backoff(fixedRandom(0.5), options);
  expect(times(4, () => half.afterRefusal())).toEqual([5000, 7500, 12_500, 12_500]);
});

test('begins anew after a success', () => {
  const backoff = new Backoff(fixedRandom(0.5), options);
  times(5, () => backoff.afterFailure());
  backoff.succeeded();
  expect(backoff.afterFailure()).toBe(50);
});

test('stays finite however often it fails', () => {
  const backoff = new Backoff(fixedRandom(0.999), options);
  expect(times(5000, () => backoff.afterFailure()).at(-1)).toBe(999);
});
