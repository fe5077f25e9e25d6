import { expect, it } from 'vitest';
import { createDynamoJobStore } from '#aws/dynamo-job-store.ts';
import { jobRecord } from '#test/contract/job-store.ts';
import { awsError, scriptedAwsClient } from '#test/support/scripted-aws-client.ts';

it('refuses a callback that no row can hold, before anything is kept', async () => {
  const { client, sent } = scriptedAwsClient(() => ({}));
  const store = createDynamoJobStore({ client, table: 'jobs' });
  const callback = { style: 'positional', pass_back: 'x'.repeat(300_000) } as const;
  for (const key of [undefined, 'key-1']) {
    await expect(store.create(jobRecord('job-00000001', { callback }), key)).rejects.toMatchObject({
      code: 'DOOR_TOO_LARGE',
      retryable: false,
    });
  }
  expect(sent).toEqual([]);
});

it('asks for rows of the PBX alone: a tenant may touch no others', async () => {
  const { client, sent } = scriptedAwsClient(() => ({}));
  const store = createDynamoJobStore({ client, table: 'jobs' });
  await store.create(jobRecord('job-00000001'));
  await store.find('acme_hq', 'job-00000001');
  await store.markDelivered('acme_hq', 'job-00000001', 'done');
  const partitions = sent.map(({ input }) => {
    const row = (input['Key'] ?? input['Item']) as { pbx: { S: string } };
    return row.pbx.S;
  });
  expect(partitions).toEqual(['acme_hq', 'acme_hq', 'acme_hq']);
  expect(sent.map(({ name }) => name)).toEqual(['PutItem', 'GetItem', 'UpdateItem']);
});

it('lets a failing table fail', async () => {
  const { client } = scriptedAwsClient(() => awsError('ProvisionedThroughputExceededException'));
  const store = createDynamoJobStore({ client, table: 'jobs' });
  await expect(store.create(jobRecord('job-00000001'), 'key-1')).rejects.toThrow();
  await expect(store.markDelivered('acme_hq', 'job-00000001', 'done')).rejects.toThrow();
});
