import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { agentStatus } from '#test/support/agent-statuses.ts';
import { AwsFault, startAwsStub, type AwsInput, type AwsStub } from '#test/support/lambda/aws-stub.ts';
import { MemoryTables } from '#test/support/lambda/memory-tables.ts';

/* The function as Lambda calls it, its stores behind an endpoint of ours. */
const key = 'a-key-of-acme-hq';
const hash = createHash('sha256').update(key).digest('hex');
const context = { awsRequestId: 'r', functionName: 'submit-job', getRemainingTimeInMillis: () => 20_000 };
const request = {
  routeKey: 'POST /app/asterisk_plus/agent',
  headers: { 'x-api-key': key, 'x-instance-uid': 'uid-1' },
  body: JSON.stringify({
    fun: 'test.ping',
    args: [],
    kwargs: {},
    res_model: 'res.users',
    res_method: 'pong',
  }),
};

let stub: AwsStub;
let folder: string;
let handler: (event: unknown, context: unknown) => Promise<{ statusCode: number; body: string }>;
let tables: MemoryTables;
let jobs: { queue: string; job: { id: string; fun: string } }[];
let failing: string | undefined;
const printed: string[] = [];

function answer(operation: string, input: AwsInput): object {
  if (failing !== undefined && operation.endsWith(failing)) return new AwsFault('InternalFailure', 500);
  if (operation !== 'AmazonSQS.SendMessage')
    return tables.answer(operation, input) ?? new AwsFault('Unknown');
  const body = input['MessageBody'] as string;
  jobs.push({ queue: input['QueueUrl'] as string, job: JSON.parse(body) as { id: string; fun: string } });
  return { MessageId: randomUUID(), MD5OfMessageBody: createHash('md5').update(body).digest('hex') };
}

beforeAll(async () => {
  stub = await startAwsStub(answer);
  folder = mkdtempSync(join(tmpdir(), 'submit-job-'));
  const file = join(folder, 'fleet.json');
  const webhook = { context: 'from-internal', extension: '101' };
  writeFileSync(file, JSON.stringify({ webhooks: { acme_hq: webhook } }));
  const environment = {
    AWS_ENDPOINT_URL: stub.url, AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x',
    PLATFORM: 'test', JOBS_TABLE: 'jobs', PBX_TABLE: 'pbx', SESSIONS_TABLE: 'sessions', FLEET_FILE: file,
    CONSOLE_URL: 'wss://console.example.com/v1',
    JOB_QUEUE_URL_BASE: 'https://sqs.us-east-1.amazonaws.com/1/test-jobs-',
  }; // prettier-ignore
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
  }
  ({ handler } = (await import('#lambdas/submit-job/handler.ts')) as unknown as { handler: typeof handler });
});
afterAll(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await stub.stop();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  failing = undefined;
  jobs = [];
  tables = new MemoryTables();
  printed.splice(0);
  const row = { id: 'acme_hq', keyHashes: [hash], lastSeen: Date.now() / 1000 };
  for (const item of [row, { id: `key#${hash}`, pbx: 'acme_hq' }]) {
    tables.put({ TableName: 'pbx', Item: marshall(item) });
  }
});

test('keeps the callback, pins the database and sends the job to the PBX’s queue', async () => {
  expect(await handler(request, context)).toMatchObject({ statusCode: 202 });
  expect(jobs).toMatchObject([
    { queue: 'https://sqs.us-east-1.amazonaws.com/1/test-jobs-acme_hq', job: { fun: 'test.ping' } },
  ]);
  expect(JSON.stringify(jobs)).not.toContain('pong');
  const rows = JSON.stringify([...tables.rows.values()]);
  expect(rows).toContain('pong');
  expect(rows).toContain('uid-1');
  const staging = { ...request, headers: { ...request.headers, 'x-instance-uid': 'uid-2' } };
  expect(await handler(staging, context)).toMatchObject({ statusCode: 403 });
});

test('sends the job of one idempotency key under one id', async () => {
  const repeated = { ...request, headers: { ...request.headers, 'idempotency-key': 'once' } };
  const answers = [await handler(repeated, context), await handler(repeated, context)];
  expect(answers[0]?.body).toBe(answers[1]?.body);
  expect(new Set(jobs.map(({ job }) => job.id)).size).toBe(1);
});

test('opens a console: the browser’s ticket is in the answer, the agent’s in its job, hashes in the table', async () => {
  const status = agentStatus('acme_hq', 1_790_000_000, { consoleEnabled: true });
  const row = {
    id: 'acme_hq',
    keyHashes: [hash],
    lastSeen: Date.now() / 1000,
    status: JSON.stringify(status),
  };
  tables.put({ TableName: 'pbx', Item: marshall(row) });
  const kwargs = { cols: 80, rows: 24, user: { id: 7, name: 'Zoë' } };
  const body = JSON.stringify({ fun: 'console.open', args: [], kwargs });
  const answered = await handler({ ...request, body }, context);
  expect(answered.statusCode).toBe(202);
  const { console: opened } = JSON.parse(answered.body) as { console: { url: string; session: string } };
  expect(opened.url).toMatch(/^wss:\/\/console\.example\.com\/v1\?ticket=[\w-]{43}$/);
  const { kwargs: sent } = jobs[0]!.job as unknown as { kwargs: { url: string; session: string } };
  expect(sent).toMatchObject({ ...kwargs, session: opened.session });
  expect(sent.url).not.toBe(opened.url);
  const kept = JSON.stringify([...tables.rows.values()]) + printed.join('');
  for (const url of [opened.url, sent.url]) {
    const ticket = new URL(url).searchParams.get('ticket') ?? '';
    expect(kept).not.toContain(ticket);
    expect(kept).toContain(createHash('sha256').update(ticket).digest('hex'));
  }
});

test('takes the webhooks that the layer names', async () => {
  const body = JSON.stringify({ _model: 'res.partner', _id: 1, phone: '+4930123' });
  const webhook = { routeKey: 'POST /webhook/{key}', pathParameters: { key }, body };
  expect(await handler(webhook, context)).toMatchObject({ statusCode: 202 });
  expect(jobs).toMatchObject([{ job: { fun: 'asterisk.manager_action' } }]);
});

test.each(['GetItem', 'PutItem', 'SendMessage'])(
  'fails, for the alarm and for a person, when %s does',
  async (operation) => {
    failing = operation;
    const answered = await handler(request, context);
    expect(answered).toMatchObject({ statusCode: 500, body: 'The job could not be kept; try again.' });
    expect(JSON.stringify(answered)).not.toMatch(/stack|InternalFailure/);
    const log = printed.join('');
    expect(log).toContain('the door failed');
    expect(log).not.toContain(key);
  },
);

test('fails before Lambda ends it, so that the alarm tells of it', async () => {
  const answered = await handler(request, { ...context, getRemainingTimeInMillis: () => 501 });
  expect(answered).toMatchObject({ statusCode: 500, body: 'The job could not be kept; try again.' });
});
