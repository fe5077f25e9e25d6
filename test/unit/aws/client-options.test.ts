import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, it, onTestFinished } from 'vitest';
import { sqsClientOptions } from '#aws/client-options.ts';

it('gives up on a service that takes a request and does not answer', async () => {
  let requests = 0;
  const server = createServer(() => void (requests += 1));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const client = new SQSClient({
    ...sqsClientOptions({ requestMs: 100, attempts: 2 }),
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  // The URL names another host: the endpoint counts.
  const QueueUrl = 'https://sqs.eu-central-1.amazonaws.com/123456789012/odoopbx-jobs-acme_hq';
  await expect(client.send(new SendMessageCommand({ QueueUrl, MessageBody: '{}' }))).rejects.toThrow();
  expect(requests).toBe(2);
});
