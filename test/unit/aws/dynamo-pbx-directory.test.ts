import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { expect, it } from 'vitest';
import { createDynamoPbxDirectory } from '#aws/dynamo-pbx-directory.ts';
import { agentStatusSchema } from '#core/contracts/agent-status.ts';
import { agentStatus } from '#test/support/agent-statuses.ts';
import { scriptedAwsClient, type SentCommand } from '#test/support/scripted-aws-client.ts';

/** The rows that a command touches; anything but one row by its key (a query, an index, a transaction) throws. */
function leadingKeyOf({ name, input }: SentCommand): unknown {
  if (!['GetItem', 'UpdateItem'].includes(name)) throw new Error(`${name} is not granted`);
  return unmarshall(input['Key'] as ReturnType<typeof marshall>)['id'];
}

const conditionFailed = () => new ConditionalCheckFailedException({ message: 'no', $metadata: {} });

// moto does not enforce IAM: what a tenant's function asks for is looked at here.
it('asks for the row of its PBX alone on the way of route-events, whatever the store answers', async () => {
  for (const update of [() => ({}), conditionFailed]) {
    const { client, sent } = scriptedAwsClient(({ name }) =>
      name === 'UpdateItem' ? update() : { Item: marshall({ id: 'acme_hq', instanceUid: 'production' }) },
    );
    const directory = createDynamoPbxDirectory({ client, table: 'pbx', attribute: 'routedStatus' });
    await directory.find('acme_hq');
    await directory.recordStatus(agentStatus('acme_hq', 1000));
    await directory.pinInstance('acme_hq', 'production');
    expect(new Set(sent.map(leadingKeyOf))).toEqual(new Set(['acme_hq']));
    expect(new Set(sent.map(({ input }) => input['TableName']))).toEqual(new Set(['pbx']));
  }
});

it('leaves what agent-status keeps alone on the way of route-events', async () => {
  const { client, sent } = scriptedAwsClient(() => ({}));
  const status = agentStatus('acme_hq', 1000);
  await createDynamoPbxDirectory({ client, table: 'pbx', attribute: 'routedStatus' }).recordStatus(status);
  const { UpdateExpression, ExpressionAttributeNames } = sent[0]!.input;
  expect(UpdateExpression).not.toContain('lastSeen');
  expect(ExpressionAttributeNames).toEqual({ '#status': 'routedStatus', '#at': 'routedStatusAt' });
});

it('opens no door by a key that the row of the PBX does not name', async () => {
  const { client } = scriptedAwsClient(({ input }) => {
    const { id } = unmarshall(input['Key'] as ReturnType<typeof marshall>);
    const row = String(id).startsWith('key#')
      ? { id, pbx: 'acme_hq' }
      : { id: 'acme_hq', keyHashes: ['another'], kind: 'pbx' };
    return { Item: marshall(row) };
  });
  const directory = createDynamoPbxDirectory({ client, table: 'pbx', attribute: 'status' });
  expect(await directory.findByKeyHash('1'.repeat(64))).toBeUndefined();
  expect((await directory.findByKeyHash('another'))?.pbx).toBe('acme_hq');
});

it('lets a failing table fail', async () => {
  const { client } = scriptedAwsClient(() => new Error('no route'));
  const directory = createDynamoPbxDirectory({ client, table: 'pbx', attribute: 'status' });
  await expect(directory.find('acme_hq')).rejects.toThrow('no route');
  await expect(directory.recordStatus(agentStatus('acme_hq', 1))).rejects.toThrow('no route');
  await expect(directory.pinInstance('acme_hq', 'uid')).rejects.toThrow('no route');
});

it('keeps the largest status that the bus carries in a row of 400 KB, beside another one', async () => {
  const { client, sent } = scriptedAwsClient(() => ({}));
  const refusedRules = Array.from({ length: 1000 }, (_, place) => ({
    id: `${place}${'x'.repeat(60)}`,
    message: '\u4e16'.repeat(500),
  }));
  const status = agentStatus('acme_hq', 1000, { refusedRules });
  await createDynamoPbxDirectory({ client, table: 'pbx', attribute: 'status' }).recordStatus(status);
  const values = sent[0]!.input['ExpressionAttributeValues'] as Record<string, { S?: string }>;
  const text = values[':status']?.S ?? '';
  expect(Buffer.byteLength(text)).toBeLessThan(100_000);
  const kept = agentStatusSchema.parse(JSON.parse(text));
  expect(kept).toMatchObject({ at: 1000, ami: status.ami });
  expect(kept.refusedRules).toHaveLength(100);
});
