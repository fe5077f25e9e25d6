import { expect, test } from 'vitest';
import { systemClock } from '#edge-agent/system-clock.ts';

test('sleeps, and wakes at once when the signal aborts or has aborted', async () => {
  await systemClock.sleep(1);
  const stop = new AbortController();
  const sleeping = systemClock.sleep(3_600_000, stop.signal);
  stop.abort();
  await sleeping;
  await systemClock.sleep(3_600_000, stop.signal);
});

test('a sleep beyond what timers hold does not end at once', async () => {
  const stop = new AbortController();
  let awake = false;
  const sleeping = systemClock.sleep(2 ** 40, stop.signal).then(() => (awake = true));
  await systemClock.sleep(20);
  expect(awake).toBe(false);
  stop.abort();
  await sleeping;
});
