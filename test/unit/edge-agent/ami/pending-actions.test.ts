import { expect, test } from 'vitest';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { PendingActions } from '#edge-agent/ami/pending-actions.ts';
import { timerClock } from '#test/support/timer-clock.ts';

const code = (value: string) => expect.objectContaining({ code: value }) as unknown as Error;

function start(maxInFlight = 2, maxQueued = 2) {
  const clock = timerClock();
  const written: string[] = [];
  const pending = new PendingActions({ write: (wire) => written.push(wire), clock, maxInFlight, maxQueued });
  const add = (id: string, timeoutMs = 1000) => pending.add(id, id, { timeoutMs });
  return { clock, written, pending, add };
}

test('no more in flight than the limit; the next goes when one is answered; then the queue is full', async () => {
  const { written, pending, add } = start();
  const first = add('a');
  const others = ['b', 'c', 'd'].map((id) => add(id));
  expect(written).toEqual(['a', 'b']);
  await expect(add('e')).rejects.toEqual(code('AMI_BUSY'));
  pending.response({ Response: 'Success', ActionID: 'a' });
  await first;
  expect(written).toEqual(['a', 'b', 'c']);
  pending.close(new OdoopbxError('AMI_CONNECTION_LOST', 'gone'));
  const outcomes = await Promise.allSettled(others);
  const codes = outcomes.map((one) =>
    one.status === 'rejected' ? (one.reason as OdoopbxError).code : 'none',
  );
  // What was sent may have happened; what waited has not.
  expect(codes).toEqual(['AMI_CONNECTION_LOST', 'AMI_CONNECTION_LOST', 'AMI_NOT_CONNECTED']);
  await expect(add('f')).rejects.toEqual(code('AMI_NOT_CONNECTED'));
});

test('a deadline that passes in the queue: never sent, and said so', async () => {
  const { clock, written, pending, add } = start(1);
  const first = add('a', 5000);
  const second = add('b', 100);
  const settled = expect(second).rejects.toThrow(/it was not sent/);
  await clock.advance(100);
  await settled;
  pending.response({ Response: 'Success', ActionID: 'a' });
  await first;
  expect(written).toEqual(['a']);
});

test('an answer without an ActionID belongs to the oldest in flight', async () => {
  const { pending, add } = start();
  const first = add('a');
  const second = add('b');
  pending.response({ Response: 'Error', Message: 'Missing action in request' });
  expect((await first)[0]).toMatchObject({ Message: 'Missing action in request' });
  pending.response({ Response: 'Success', ActionID: 'b' });
  await second;
});

test('busy until the latest deadline in flight', async () => {
  const { clock, pending, add } = start();
  expect(pending.busyUntil()).toBe(0);
  const first = add('a', 700);
  expect(pending.busyUntil()).toBe(clock.now() + 700);
  pending.response({ Response: 'Success', ActionID: 'a' });
  await first;
  expect(pending.busyUntil()).toBe(0);
});
