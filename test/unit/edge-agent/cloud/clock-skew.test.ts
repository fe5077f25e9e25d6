import { beforeEach, expect, test } from 'vitest';
import { createSkewWatch, type SkewWatch } from '#edge-agent/cloud/clock-skew.ts';
import { type ManualClock, manualClock } from '#test/support/manual-clock.ts';
import { recordingLogger } from '#test/support/recording-logger.ts';

let clock: ManualClock;
let logger: ReturnType<typeof recordingLogger>;
let watch: SkewWatch;
let changes: number;
beforeEach(() => {
  clock = manualClock();
  logger = recordingLogger();
  changes = 0;
  watch = createSkewWatch(clock, logger, () => (changes += 1));
});

/** An answer of an AWS whose clock shows so many seconds more (or fewer). */
const answer = (aheadSeconds: number) =>
  watch.observe(new Date(clock.now() - aheadSeconds * 1000).toUTCString());
const warned = () => logger.at('warn').map(({ seconds }) => seconds);

test('is not known before the first answer, nor from what is no date', () => {
  watch.observe(undefined);
  watch.observe('yesterday');
  expect(watch.seconds()).toBeNull();
  answer(2);
  expect(watch.seconds()).toBe(2);
});

test('warns once beyond a minute, either way, and says when it is over', () => {
  answer(59);
  expect(warned()).toEqual([]);
  for (const seconds of [75, 80, 58, 75]) answer(seconds);
  expect(warned()).toEqual([75]);
  answer(3);
  expect(logger.at('info')).toEqual([{ message: 'clock agrees with AWS again' }]);
  answer(-3600);
  expect(warned()).toEqual([75, -3600]);
  expect(changes).toBe(3);
});

test('warns again when it became another', () => {
  answer(75);
  answer(4000);
  answer(4010);
  expect(warned()).toEqual([75, 4000]);
});
