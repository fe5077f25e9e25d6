import { expect, it } from 'vitest';
import { createPacer } from '#odoo/pacer.ts';
import { manualClock } from '#test/support/manual-clock.ts';

const patient = new AbortController().signal;

it('lets the first begin at once and the next ones a pause apart', async () => {
  const clock = manualClock();
  const pacer = createPacer(2, clock);
  const start = clock.now();
  const begun = await Promise.all([1, 2, 3].map(() => pacer.turn(patient).then(() => clock.now() - start)));
  expect(begun).toEqual([0, 500, 1000]);
});

it('lets nobody wait after a pause, and saves nothing up', async () => {
  const clock = manualClock();
  const pacer = createPacer(1, clock);
  await pacer.turn(patient);
  clock.advance(10_000);
  await pacer.turn(patient);
  expect(clock.slept).toEqual([]);
  await pacer.turn(patient);
  expect(clock.slept).toEqual([1000]);
});

it('does not count who gave up', async () => {
  const clock = manualClock();
  const pacer = createPacer(1, clock);
  await pacer.turn(patient);
  clock.advance(400);
  await pacer.turn(AbortSignal.abort());
  await pacer.turn(patient);
  // The one that gave up waited 600 ms and took no turn.
  expect(clock.slept).toEqual([600]);
});

it('waits no longer than a pause after the clock was put back', async () => {
  const clock = manualClock();
  const pacer = createPacer(1, clock);
  await pacer.turn(patient);
  clock.advance(-3_600_000);
  await pacer.turn(patient);
  expect(clock.slept).toEqual([1000]);
});
