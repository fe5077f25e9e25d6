import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { expect, it } from 'vitest';
import { createEnrollmentCodes } from '#aws/enrollment-codes.ts';
import { scriptedAwsClient, type SentCommand } from '#test/support/scripted-aws-client.ts';

/** A table where somebody else makes a code between our look and our write, once. */
function overtakenOnce() {
  const open = ['code#first', 'code#second'];
  const { client, sent } = scriptedAwsClient(({ name }) => {
    if (name === 'GetItem') return { Item: marshall({ id: 'acme_hq', openCode: open[0] }) };
    if (open.length === 1) return {};
    open.shift();
    const CancellationReasons = [{ Code: 'ConditionalCheckFailed' }, { Code: 'None' }];
    return new TransactionCanceledException({ message: 'no', $metadata: {}, CancellationReasons });
  });
  const codes = createEnrollmentCodes({ client, table: 'pbx', now: () => 0 });
  const written = () => sent.filter(({ name }) => name === 'TransactWriteItems').map(itemsOf);
  return { codes, written };
}

function itemsOf({ input }: SentCommand) {
  const items = input['TransactItems'] as Record<string, { Key?: { id: { S: string } } }>[];
  return {
    deleted: items.flatMap(({ Delete }) => (Delete ? [Delete.Key?.id.S] : [])),
    conditions: items.flatMap(({ Update }) =>
      Update ? [(Update as { ConditionExpression?: string }).ConditionExpression] : [],
    ),
  };
}

it('ends the code that is open when it is written, not the one that was when it looked', async () => {
  const { codes, written } = overtakenOnce();
  await codes.revoke('acme_hq');
  expect(written()).toEqual([
    { deleted: ['code#first'], conditions: ['openCode = :row'] },
    { deleted: ['code#second'], conditions: ['openCode = :row'] },
  ]);
});

it('makes one code, however many are asked for at once', async () => {
  const { codes, written } = overtakenOnce();
  await codes.make('acme_hq', 600);
  expect(written()).toEqual([
    { deleted: ['code#first'], conditions: ['openCode = :former'] },
    { deleted: ['code#second'], conditions: ['openCode = :former'] },
  ]);
});

it('gives up on a code that changes all the time', async () => {
  const { client } = scriptedAwsClient(({ name }) =>
    name === 'GetItem'
      ? {}
      : new TransactionCanceledException({
          message: 'no',
          $metadata: {},
          CancellationReasons: [{ Code: 'ConditionalCheckFailed' }],
        }),
  );
  await expect(
    createEnrollmentCodes({ client, table: 'pbx', now: () => 0 }).make('acme_hq', 600),
  ).rejects.toThrow('changes all the time');
});
