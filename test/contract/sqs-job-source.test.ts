import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll } from 'vitest';
import { createSqsJobSource } from '#edge-agent/cloud/sqs-job-source.ts';
import { startSqsEmulator, type SqsEmulator } from '#test/emulators/sqs-emulator.ts';
import { describeJobSource } from './job-source.ts';

let emulator: SqsEmulator;
let client: SQSClient;
let queues = 0;
beforeAll(async () => {
  emulator = await startSqsEmulator();
  client = new SQSClient({
    useQueueUrlAsEndpoint: false,
    endpoint: emulator.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'ASIATEST', secretAccessKey: 'secret', sessionToken: 'token' },
  });
});
afterAll(async () => {
  client.destroy();
  await emulator.stop();
});

describeJobSource('SQS', async () => {
  queues += 1;
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: `jobs-${queues}` }));
  const source = createSqsJobSource(client, QueueUrl!);
  const receipts: string[] = [];
  return {
    source: {
      async receive(options) {
        const messages = await source.receive(options);
        receipts.push(...messages.map(({ receipt }) => receipt));
        return messages;
      },
      delete: (receipt) => source.delete(receipt),
    },
    send: async (body) => void (await client.send(new SendMessageCommand({ QueueUrl, MessageBody: body }))),
    async redeliver() {
      // As if 30 s had passed.
      for (const ReceiptHandle of receipts.splice(0)) {
        await client
          .send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }))
          .catch(() => undefined);
      }
    },
  };
});
