import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { localTime, utcText } from '#edge-agent/events/local-time.ts';

const zones = [
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Asia/Tokyo',
  'UTC',
];
const year2000 = Date.UTC(2000, 0, 1);
const year2040 = Date.UTC(2040, 0, 1);

test('a wall time is read with the offset of its day', () => {
  const berlin = localTime('Europe/Berlin');
  expect(utcText(berlin.toUnix('2026-11-22 19:59:37')!)).toBe('2026-11-22 18:59:37');
  expect(utcText(berlin.toUnix('2026-07-01 00:30:00')!)).toBe('2026-06-30 22:30:00');
  expect(utcText(localTime('Asia/Kathmandu').toUnix('2027-01-01 00:00:00')!)).toBe('2026-12-31 18:15:00');
});

describe('when summer time ends', () => {
  const berlin = localTime('Europe/Berlin');
  test('the reading near to what is known is taken', () => {
    expect(utcText(berlin.toUnix('2026-10-25 02:30:00', Date.UTC(2026, 9, 25, 0, 31))!)).toBe(
      '2026-10-25 00:30:00',
    );
    expect(utcText(berlin.toUnix('2026-10-25 02:30:00', Date.UTC(2026, 9, 25, 1, 29))!)).toBe(
      '2026-10-25 01:30:00',
    );
  });
  test('the first without a hint', () => {
    expect(utcText(berlin.toUnix('2026-10-25 02:30:00')!)).toBe('2026-10-25 00:30:00');
  });
});

test('a time that the clock jumped over is read with the offset from before', () => {
  expect(utcText(localTime('Europe/Berlin').toUnix('2026-03-29 02:30:00')!)).toBe('2026-03-29 01:30:00');
});

test('there and back again, at any second and in any zone', () => {
  for (const zone of zones) {
    const local = localTime(zone);
    fc.assert(
      fc.property(fc.integer({ min: year2000 / 1000, max: year2040 / 1000 }), (seconds) => {
        const unixMs = seconds * 1000;
        expect(local.toUnix(local.toWall(unixMs), unixMs)).toBe(unixMs);
      }),
      { numRuns: 200 },
    );
  }
});

test('what is no time is none', () => {
  const local = localTime('UTC');
  for (const text of [
    '',
    '2026-02-30 00:00:00',
    '2026-01-01',
    '2026-01-01T00:00:00',
    '2026-13-01 00:00:00',
    '0',
  ]) {
    expect(local.toUnix(text), text).toBeUndefined();
  }
});

test('an unknown zone is a problem of the configuration', () => {
  expect(() => localTime('Europe/Nowhere')).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
});
