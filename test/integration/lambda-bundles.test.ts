import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { bundleLambdas, lambdaNames, type LambdaBundle } from '#lib/bundle/bundle-lambdas.ts';
import { doorKey, hashOf } from '#test/support/door-fixtures.ts';
import { AwsFault, startAwsStub, type AwsStub } from '#test/support/lambda/aws-stub.ts';
import { MemoryTables } from '#test/support/lambda/memory-tables.ts';
import { commonEnvironment, routeEventsEnvironment } from '../../bench/lambda/environments.ts';

/* The bundles as they are deployed: what the bundler leaves out must not be missed. */
const environment: Record<string, string> = {
  ...commonEnvironment,
  ...routeEventsEnvironment('https://odoo.example.com'),
  NODE_OPTIONS: '',
};
const names = lambdaNames();
let folder: string;
let bundles: ReadonlyMap<string, LambdaBundle>;
let stub: AwsStub | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lambda-bundles-'));
  bundles = await bundleLambdas(folder);
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await stub?.stop();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

test.each(names)('%s has at most 500 KB', (name) => {
  expect(bundles.get(name)?.bytes).toBeLessThanOrEqual(500_000);
});

test.each(names)('%s starts without what nobody asked for', (name) => {
  const script = `import(${JSON.stringify(join(folder, name, 'index.mjs'))}).then(({ handler }) => {
    const loaded = process.moduleLoadList.filter((id) => /undici|webcrypto/.test(id));
    process.stdout.write(JSON.stringify([typeof handler, loaded]));
  })`;
  const printed = execFileSync(process.execPath, ['-e', script], { env: environment, encoding: 'utf8' });
  expect(JSON.parse(printed)).toEqual(['function', []]);
});

test.each(names)('%s has a source map of our own code', (name) => {
  const map = JSON.parse(readFileSync(join(folder, name, 'index.mjs.map'), 'utf8')) as {
    sources: string[];
    mappings: string;
  };
  expect(map.sources.some((source) => source.endsWith(`lambdas/${name}/handler.ts`))).toBe(true);
  // All of it would be 400 KB and more.
  expect(map.mappings.length).toBeLessThan(200_000);
});

test('the errors that our code tells apart are still of their class', async () => {
  const tables = new MemoryTables();
  stub = await startAwsStub((operation, input) =>
    operation === 'AmazonSQS.SendMessage'
      ? new AwsFault('QueueDoesNotExist')
      : (tables.answer(operation, input) ?? {}),
  );
  for (const [variable, value] of Object.entries({ ...environment, AWS_ENDPOINT_URL: stub.url })) {
    vi.stubEnv(variable, value);
  }
  for (const stream of [process.stdout, process.stderr]) vi.spyOn(stream, 'write').mockReturnValue(true);
  const row = { id: 'acme_hq', keyHashes: [hashOf(doorKey)], lastSeen: Date.now() / 1000 };
  for (const Item of [row, { id: `key#${hashOf(doorKey)}`, pbx: 'acme_hq' }]) {
    tables.put({ TableName: environment['PBX_TABLE'], Item: marshall(Item) });
  }
  // Pinned by another one between the read and the write: the condition of the write fails.
  const update = tables.update.bind(tables);
  tables.update = (input) => {
    const pin = { ...input, ExpressionAttributeValues: { ':uid': { S: 'the-first' } } };
    update(pin);
    return update(input);
  };
  const { handler } = (await import(join(folder, 'submit-job/index.mjs'))) as {
    handler: (event: unknown, context: unknown) => Promise<{ statusCode: number }>;
  };
  const answer = await handler(
    {
      routeKey: 'POST /app/asterisk_plus/agent',
      headers: { 'x-api-key': doorKey, 'x-instance-uid': 'the-second' },
      body: JSON.stringify({ fun: 'test.ping', args: [], kwargs: {} }),
    },
    { getRemainingTimeInMillis: () => 20_000 },
  );
  expect(answer.statusCode).toBe(403);
});
