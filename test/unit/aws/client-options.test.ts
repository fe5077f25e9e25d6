import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, it, onTestFinished, vi } from 'vitest';
import { sqsClientOptions } from '#aws/client-options.ts';

it('gives up on a service that takes a request and does not answer', async () => {
  let requests = 0;
  const server = createServer(() => void (requests += 1));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  // As an emulator is named: by the SDK's own variable.
  vi.stubEnv('AWS_ENDPOINT_URL_SQS', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    server.close();
  });
  const client = new SQSClient({
    ...sqsClientOptions({ requestMs: 100, attempts: 2 }),
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  // The URL names another host: the endpoint counts.
  const QueueUrl = 'https://sqs.invalid/123456789012/odoopbx-jobs-acme_hq';
  await expect(client.send(new SendMessageCommand({ QueueUrl, MessageBody: '{}' }))).rejects.toThrow();
  expect(requests).toBe(2);
});
