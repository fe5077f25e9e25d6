import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { transact } from '#aws/dynamo-table.ts';

const canceled = (...codes: string[]) =>
  new TransactionCanceledException({
    message: 'canceled',
    $metadata: {},
    CancellationReasons: codes.map((Code) => ({ Code })),
  });

function failing(...errors: Error[]) {
  const state = { calls: 0 };
  const work = async () => {
    const error = errors[state.calls];
    state.calls += 1;
    if (error !== undefined) throw error;
  };
  return { state, work };
}

it('does it again after a collision', async () => {
  const { state, work } = failing(canceled('None', 'TransactionConflict'), canceled('TransactionConflict'));
  expect(await transact(work)).toBe(true);
  expect(state.calls).toBe(3);
});

it('says no when a condition failed, without another try', async () => {
  const { state, work } = failing(canceled('TransactionConflict', 'ConditionalCheckFailed'));
  expect(await transact(work)).toBe(false);
  expect(state.calls).toBe(1);
});

it('gives up on what does not end, and on what is another failure', async () => {
  const endless = failing(...Array.from({ length: 20 }, () => canceled('TransactionConflict')));
  await expect(transact(endless.work)).rejects.toThrow('canceled');
  expect(endless.state.calls).toBe(6);
  await expect(transact(failing(canceled('ItemCollectionSizeLimitExceeded')).work)).rejects.toThrow(
    'canceled',
  );
  await expect(transact(failing(new Error('no route')).work)).rejects.toThrow('no route');
});
