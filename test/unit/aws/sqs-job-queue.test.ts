import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sqsClientOptions } from '#aws/client-options.ts';
import { createSqsJobQueue } from '#aws/sqs-job-queue.ts';
import { jobSchema, maxJobBytes, type Job } from '#core/contracts/job.ts';
import { startSqsEmulator, type SqsEmulator } from '#test/emulators/sqs-emulator.ts';

let emulator: SqsEmulator;
let client: SQSClient;

beforeAll(async () => {
  emulator = await startSqsEmulator();
  client = new SQSClient({
    ...sqsClientOptions({ attempts: 1 }),
    endpoint: emulator.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
});

afterAll(async () => {
  client.destroy();
  await emulator.stop();
});

const job: Job = {
  v: 1,
  id: 'job-00000001',
  fun: 'asterisk.put_config',
  // fauxqs wrongly refuses what is beyond U+FFFF; SQS itself refuses the last two characters before it.
  args: ['Zoë \ufffe\uffff\u0000\ud800', 'x'.repeat(maxJobBytes - 1000)],
  kwargs: {},
  timeoutMs: 1000,
  createdAt: 1_790_000_000.25,
  expiresAt: 1_790_000_060,
};

it("sends the largest job to the PBX's own queue, as it is", async () => {
  const QueueName = 'odoopbx-jobs-acme_hq';
  const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName }));
  const urlBase = 'https://sqs.eu-central-1.amazonaws.com/000000000000/odoopbx-jobs-';
  await createSqsJobQueue({ client, urlBase }).send('acme_hq', job);
  const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl }));
  expect(jobSchema.parse(JSON.parse(Messages?.[0]?.Body ?? ''))).toEqual(job);
});

it('rejects when the PBX has no queue', async () => {
  const urlBase = `${emulator.url}/000000000000/odoopbx-jobs-`;
  await expect(createSqsJobQueue({ client, urlBase }).send('acme_none', job)).rejects.toThrow();
});
