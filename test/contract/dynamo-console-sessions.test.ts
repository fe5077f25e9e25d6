import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll } from 'vitest';
import { createDynamoConsoleSessions } from '#aws/dynamo-console-sessions.ts';
import { AwsFault, startAwsStub, type AwsStub } from '#test/support/lambda/aws-stub.ts';
import { MemoryTables } from '#test/support/lambda/memory-tables.ts';
import { describeConsoleSessions } from './console-sessions.ts';

/* On a table in memory; test/e2e/aws-adapters.test.ts runs the same on moto. */
const tables = new MemoryTables();
let stub: AwsStub;
let client: DynamoDBClient;

beforeAll(async () => {
  stub = await startAwsStub((operation, input) => tables.answer(operation, input) ?? new AwsFault('Unknown'));
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  client = new DynamoDBClient({ endpoint: stub.url, region: 'eu-central-1', credentials });
});
afterAll(async () => {
  client.destroy();
  await stub.stop();
});

describeConsoleSessions('DynamoDB in memory', () =>
  createDynamoConsoleSessions({ client, table: 'sessions' }),
);
