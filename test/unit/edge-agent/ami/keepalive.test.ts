import { expect, test } from 'vitest';
import { keepAlive } from '#edge-agent/ami/keepalive.ts';
import { timerClock } from '#test/support/timer-clock.ts';

function start() {
  const clock = timerClock(1_000_000);
  const seen = { pings: 0, stalled: [] as number[] };
  const state = { heard: clock.now(), busyUntil: 0, answers: true };
  const abort = new AbortController();
  void keepAlive(
    {
      lastHeard: () => state.heard,
      busyUntil: () => state.busyUntil,
      ping: () => {
        seen.pings += 1;
        if (state.answers) state.heard = clock.now();
      },
      stalled: (silentMs) => seen.stalled.push(silentMs),
    },
    { idleMs: 1000, stallMs: 300 },
    clock,
    abort.signal,
  );
  return { clock, seen, state, abort };
}

test('pings after silence alone, and an answer is enough', async () => {
  const { clock, seen, state } = start();
  await clock.advance(900);
  state.heard = clock.now();
  await clock.advance(900);
  expect(seen.pings).toBe(0);
  await clock.advance(5000);
  expect(seen.pings).toBeGreaterThanOrEqual(4);
  expect(seen.stalled).toEqual([]);
});

test('no answer: stalled, once', async () => {
  const { clock, seen, state } = start();
  state.answers = false;
  await clock.advance(1299);
  expect(seen.stalled).toEqual([]);
  await clock.advance(5000);
  expect(seen).toEqual({ pings: 1, stalled: [1300] });
});

test('an action that takes its time is no stall', async () => {
  const { clock, seen, state } = start();
  state.answers = false;
  state.busyUntil = clock.now() + 10_000;
  await clock.advance(10_299);
  expect(seen.stalled).toEqual([]);
  await clock.advance(10);
  expect(seen.stalled).toHaveLength(1);
});

test('a clock that was put back does not blind it', async () => {
  const { clock, seen, state } = start();
  state.answers = false;
  // What was heard last lies in the future now.
  state.heard = clock.now() + 3_600_000;
  await clock.advance(1300);
  expect(seen).toEqual({ pings: 1, stalled: [300] });
});

test('ends with its signal', async () => {
  const { clock, seen, abort } = start();
  abort.abort();
  await clock.advance(10_000);
  expect(seen.pings).toBe(0);
});
