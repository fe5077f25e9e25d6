import { expect, test } from 'vitest';
import { createIntake } from '#browser/intake.ts';

function terminal() {
  const taken: (() => void)[] = [];
  const held: boolean[] = [];
  const intake = createIntake({
    write: (_, done) => taken.push(done),
    hold: (on) => held.push(on),
  });
  return { intake, held, takeIn: (count: number) => taken.splice(0, count).forEach((done) => done()) };
}

const frame = new Uint8Array(16_384);

test('holds the other side once while the terminal is far behind, until it has caught up', () => {
  const { intake, held, takeIn } = terminal();
  for (let n = 0; n < 16; n += 1) intake(frame);
  expect(held).toEqual([]);
  intake(frame);
  intake(frame);
  expect(held).toEqual([true]);
  takeIn(14);
  expect(held).toEqual([true]);
  takeIn(1);
  expect(held).toEqual([true, false]);
  takeIn(3);
  for (let n = 0; n < 17; n += 1) intake(frame);
  expect(held).toEqual([true, false, true]);
});

test('lets a terminal that keeps up alone', () => {
  const { intake, held, takeIn } = terminal();
  for (let n = 0; n < 100; n += 1) {
    intake(frame);
    takeIn(1);
  }
  expect(held).toEqual([]);
});
