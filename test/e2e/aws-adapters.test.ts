import { DynamoDBClient, GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateEventBusCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { DeleteParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { marshall } from '@aws-sdk/util-dynamodb';
import { createHash, randomUUID } from 'node:crypto';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { clientOptions, sqsClientOptions } from '#aws/client-options.ts';
import { createDynamoConsoleSessions } from '#aws/dynamo-console-sessions.ts';
import { createDynamoJobStore } from '#aws/dynamo-job-store.ts';
import { createDynamoPbxDirectory } from '#aws/dynamo-pbx-directory.ts';
import { createEnrollmentCodes } from '#aws/enrollment-codes.ts';
import { createEventBridgeBus } from '#aws/event-bridge-bus.ts';
import { createOdooSecret } from '#aws/odoo-secret.ts';
import { createPbxKeys } from '#aws/pbx-keys.ts';
import { markRevoked, readPbxRows, unpinInstance } from '#aws/pbx-rows.ts';
import { listLastSeen } from '#aws/last-seen.ts';
import { createSqsJobQueue } from '#aws/sqs-job-queue.ts';
import { enrollmentCodeSchema } from '#core/contracts/enrollment.ts';
import { describeBus } from '#test/contract/bus.ts';
import { describeConsoleSessions } from '#test/contract/console-sessions.ts';
import { describeJobStore, jobRecord } from '#test/contract/job-store.ts';
import { describePbxDirectory } from '#test/contract/pbx-directory.ts';
import { agentStatus } from '#test/support/agent-statuses.ts';
import { createTables } from './support/dynamo-tables.ts';

const bench = inject('bench');

describe.skipIf(bench === null)('the AWS adapters on moto', () => {
  const account = {
    endpoint: bench?.lab.moto.url ?? '',
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const dynamo = new DynamoDBClient({ ...clientOptions(), ...account });
  const sqs = new SQSClient({ ...sqsClientOptions(), ...account });
  const events = new EventBridgeClient({ ...clientOptions(), ...account });
  const ssm = new SSMClient({ ...clientOptions(), ...account });
  const undo: (() => Promise<unknown>)[] = [];
  const unique = () => `adapters-${randomUUID().slice(0, 8)}`;

  async function freshTables() {
    const prefix = unique();
    const names = { jobs: `${prefix}-jobs`, pbx: `${prefix}-pbx`, sessions: `${prefix}-sessions` };
    undo.push(await createTables(dynamo, names));
    return {
      jobs: { client: dynamo, table: names.jobs },
      pbx: { client: dynamo, table: names.pbx },
      sessions: { client: dynamo, table: names.sessions },
    };
  }

  afterAll(async () => {
    for (const step of undo.toReversed()) await step();
  });

  describeJobStore('DynamoDB', async () => createDynamoJobStore((await freshTables()).jobs));

  describePbxDirectory('DynamoDB', async (pbxs) => {
    const { pbx: access } = await freshTables();
    const keys = createPbxKeys(access);
    for (const { pbx, keyHashes } of pbxs) for (const hash of keyHashes) await keys.add(pbx, hash);
    return createDynamoPbxDirectory({ ...access, attribute: 'status' });
  });

  describeConsoleSessions('DynamoDB', async () =>
    createDynamoConsoleSessions((await freshTables()).sessions),
  );

  describeBus('EventBridge', async () => {
    const name = unique();
    const dead = new EventBridgeClient({
      ...clientOptions({ attempts: 1 }),
      ...account,
      endpoint: 'http://127.0.0.1:9',
    });
    let client = events;
    const send = ((...args: Parameters<EventBridgeClient['send']>) => client.send(...args)) as never;
    await events.send(new CreateEventBusCommand({ Name: name }));
    const { QueueUrl } = await sqs.send(
      new CreateQueueCommand({
        QueueName: `${name}.fifo`,
        Attributes: { FifoQueue: 'true', ContentBasedDeduplication: 'true' },
      }),
    );
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
    );
    const rule = { Name: name, EventBusName: name };
    await events.send(new PutRuleCommand({ ...rule, EventPattern: '{"source":[{"prefix":"pbx.acme_"}]}' }));
    const target = { Id: 'inbox', Arn: Attributes?.['QueueArn'], SqsParameters: { MessageGroupId: 'inbox' } };
    await events.send(new PutTargetsCommand({ Rule: name, EventBusName: name, Targets: [target] }));
    undo.push(async () => {
      await events.send(new RemoveTargetsCommand({ Rule: name, EventBusName: name, Ids: ['inbox'] }));
      await events.send(new DeleteRuleCommand(rule));
      await events.send(new DeleteEventBusCommand({ Name: name }));
      await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    });
    const seen: string[] = [];
    return {
      bus: createEventBridgeBus({ client: { send } as unknown as EventBridgeClient, bus: name }),
      fail: () => void (client = dead),
      async accepted() {
        for (;;) {
          const { Messages = [] } = await sqs.send(
            new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
          );
          if (Messages.length === 0) return seen;
          for (const { Body, ReceiptHandle } of Messages) {
            await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
            seen.push(JSON.stringify((JSON.parse(Body ?? '') as { detail: unknown }).detail));
          }
        }
      },
    };
  });

  describe('jobs without an answer', () => {
    it('are overdue page by page, the oldest first, until they are answered or closed', async () => {
      const store = createDynamoJobStore((await freshTables()).jobs);
      const ids = ['job-00000001', 'job-00000002', 'job-00000003', 'job-00000004', 'job-00000005'];
      for (const [place, id] of ids.entries()) await store.create(jobRecord(id, { expiresAt: 2000 - place }));
      await store.create(jobRecord('job-in-time'), 'key-1');
      await store.markDelivered('acme_hq', ids[1]!, 'done');
      await store.markSwept('acme_hq', ids[2]!);
      const pages = async () => {
        const found: string[][] = [];
        for await (const page of store.overdue(2000, 2)) found.push(page.map(({ id }) => id));
        return found;
      };
      expect(await pages()).toEqual([[ids[4], ids[3]]]);
      await store.create(jobRecord('job-00000006', { expiresAt: 1, pbx: 'other_hq' }));
      expect((await pages()).flat()).toEqual(['job-00000006', ids[4], ids[3]]);
    });

    it('take an answer that comes after they were closed', async () => {
      const { jobs } = await freshTables();
      const store = createDynamoJobStore(jobs);
      await store.create(jobRecord('job-00000001'));
      await store.markSwept('acme_hq', 'job-00000001');
      expect((await store.find('acme_hq', 'job-00000001'))?.deliveredStatus).toBeNull();
      await store.markDelivered('acme_hq', 'job-00000001', 'done');
      expect((await store.find('acme_hq', 'job-00000001'))?.deliveredStatus).toBe('done');
    });

    it('are forgotten two weeks after their end, with their idempotency keys', async () => {
      const { jobs } = await freshTables();
      await createDynamoJobStore(jobs).create(jobRecord('job-00000001', { expiresAt: 1_790_000_060.5 }), 'k');
      for (const id of ['job-00000001', 'key#k']) {
        const { Item } = await dynamo.send(
          new GetItemCommand({ TableName: jobs.table, Key: marshall({ pbx: 'acme_hq', id }) }),
        );
        expect(Item?.['ttl']?.N).toBe(String(1_790_000_061 + 14 * 86_400));
      }
    });
  });

  describe('the keys of a door', () => {
    const [a, b, c] = ['1', '2', '3'].map((digit) => digit.repeat(64)) as [string, string, string];

    it('are two at once; the oldest goes when a third comes, and opens nothing any more', async () => {
      const { pbx } = await freshTables();
      const keys = createPbxKeys(pbx);
      const directory = createDynamoPbxDirectory({ ...pbx, attribute: 'status' });
      expect(await keys.add('acme_hq', a)).toEqual([a]);
      expect(await keys.add('acme_hq', b)).toEqual([a, b]);
      expect(await keys.add('acme_hq', c)).toEqual([b, c]);
      expect(await directory.findByKeyHash(a)).toBeUndefined();
      expect((await directory.findByKeyHash(c))?.pbx).toBe('acme_hq');
      expect(await keys.remove('acme_hq', b)).toEqual([c]);
      expect(await keys.list('acme_hq')).toEqual([c]);
      expect(await directory.findByKeyHash(b)).toBeUndefined();
    });

    it('stay in step when two operators change them at the same time', async () => {
      const { pbx } = await freshTables();
      const keys = createPbxKeys(pbx);
      const directory = createDynamoPbxDirectory({ ...pbx, attribute: 'status' });
      await Promise.all([keys.add('acme_hq', a), keys.add('acme_hq', b), keys.add('acme_hq', c)]);
      const valid = await keys.list('acme_hq');
      expect(valid).toHaveLength(2);
      for (const hash of [a, b, c]) {
        expect((await directory.findByKeyHash(hash))?.pbx).toBe(valid.includes(hash) ? 'acme_hq' : undefined);
      }
    });

    it("are never another PBX's, and go with the PBX", async () => {
      const { pbx } = await freshTables();
      const keys = createPbxKeys(pbx);
      const directory = createDynamoPbxDirectory({ ...pbx, attribute: 'status' });
      await keys.add('acme_hq', a);
      await expect(keys.add('acme_lab', a)).rejects.toThrow('acme_lab');
      await createEnrollmentCodes({ ...pbx, now: Date.now }).make('acme_hq', 60);
      await keys.removePbx('acme_hq');
      await keys.removePbx('acme_hq');
      expect(await directory.findByKeyHash(a)).toBeUndefined();
      expect(await directory.find('acme_hq')).toBeUndefined();
      expect(await keys.add('acme_lab', a)).toEqual([a]);
      const { Count } = await dynamo.send(new ScanCommand({ TableName: pbx.table }));
      expect(Count).toBe(2);
    });
  });

  describe('what is known of the PBXs', () => {
    it('tells each of its two readers what was known before', async () => {
      const { pbx } = await freshTables();
      await createPbxKeys(pbx).add('acme_hq', '1'.repeat(64));
      const seen = createDynamoPbxDirectory({ ...pbx, attribute: 'status', seenAt: () => 5000 });
      const routed = createDynamoPbxDirectory({ ...pbx, attribute: 'routedStatus' });
      const [first, second] = [agentStatus('acme_hq', 1000), agentStatus('acme_hq', 1060)];
      expect(await seen.recordStatus(first)).toBeNull();
      expect(await routed.recordStatus(first)).toBeNull();
      expect(await seen.recordStatus(second)).toEqual(first);
      expect(await routed.recordStatus(second)).toEqual(first);
      expect((await routed.find('acme_hq'))?.lastSeen).toBe(5000);
      expect(await routed.recordStatus(first)).toEqual(second);
    });

    it('hears a PBX whose clock was put back, but no status that another one overtook', async () => {
      const { pbx } = await freshTables();
      await createPbxKeys(pbx).add('acme_hq', '1'.repeat(64));
      let now = 5000;
      const directory = createDynamoPbxDirectory({ ...pbx, attribute: 'status', seenAt: () => now });
      const before = agentStatus('acme_hq', 5000);
      await directory.recordStatus(before);
      now = 5100;
      const back = agentStatus('acme_hq', 1500);
      expect(await directory.recordStatus(back)).toEqual(before);
      expect(await directory.find('acme_hq')).toMatchObject({ status: before, lastSeen: 5000 });
      now = 5160;
      expect(await directory.recordStatus(back)).toEqual(before);
      expect(await directory.find('acme_hq')).toMatchObject({ status: back, lastSeen: 5160 });
      now = 5220;
      const next = agentStatus('acme_hq', 1560);
      expect(await directory.recordStatus(next)).toEqual(back);
      expect(await directory.find('acme_hq')).toMatchObject({ status: next, lastSeen: 5220 });
    });

    it('keeps no status of a PBX that was removed', async () => {
      const { pbx } = await freshTables();
      const directory = createDynamoPbxDirectory({ ...pbx, attribute: 'status' });
      expect(await directory.recordStatus(agentStatus('acme_gone', 1000))).toBeNull();
      expect(await directory.find('acme_gone')).toBeUndefined();
    });

    it('is read for any number of them, and when each was heard of', async () => {
      const { pbx } = await freshTables();
      const directory = createDynamoPbxDirectory({ ...pbx, attribute: 'status' });
      const keys = createPbxKeys(pbx);
      const ids = Array.from({ length: 120 }, (_, place) => `acme_pbx-${place}`);
      for (const [place, id] of ids.entries()) {
        await keys.add(id, createHash('sha256').update(id).digest('hex'));
        if (place !== 7) await directory.recordStatus(agentStatus(id, 1000 + place));
      }
      const rows = await readPbxRows(pbx, [...ids, 'acme_none']);
      expect(rows.size).toBe(120);
      expect(rows.get('acme_pbx-119')?.lastSeen).toBe(1119);
      expect(rows.get('acme_none')).toBeUndefined();
      const seen = new Map<string, number>();
      for await (const page of listLastSeen(pbx, { pageSize: 50 }))
        for (const one of page) seen.set(one.pbx, one.lastSeen);
      expect(seen.size).toBe(119);
      expect(seen.get('acme_pbx-119')).toBe(1119);
    });

    it('lets the pin and the certificate go', async () => {
      const { pbx } = await freshTables();
      const directory = createDynamoPbxDirectory({ ...pbx, attribute: 'status' });
      await createPbxKeys(pbx).add('acme_hq', '1'.repeat(64));
      await directory.recordStatus(agentStatus('acme_hq', 1000));
      await directory.pinInstance('acme_hq', 'production');
      await unpinInstance(pbx, 'acme_hq');
      expect(await directory.pinInstance('acme_hq', 'moved')).toBe('moved');
      await markRevoked(pbx, 'acme_hq');
      await createPbxKeys(pbx).add('acme_hq', '2'.repeat(64));
      await directory.recordStatus(agentStatus('acme_hq', 2000));
      expect(await directory.find('acme_hq')).toMatchObject({
        lastSeen: 1000,
        instanceUid: 'moved',
        revoked: true,
      });
      const seen = async (revoked: boolean) => (await listLastSeen(pbx, { revoked }).next()).value;
      expect(await seen(false)).toBeUndefined();
      expect(await seen(true)).toEqual([{ pbx: 'acme_hq', lastSeen: 1000 }]);
      await unpinInstance(pbx, 'acme_none');
      expect(await directory.find('acme_none')).toBeUndefined();
    });
  });

  describe('enrolment codes', () => {
    let at = 1_790_000_000_000;
    const certificate = 'a'.repeat(64);

    async function fresh() {
      const { pbx } = await freshTables();
      const codes = createEnrollmentCodes({ ...pbx, now: () => at });
      const { code: shown, expiresAt } = await codes.make('acme_hq', 600);
      return { pbx, codes, shown, expiresAt, code: enrollmentCodeSchema.parse(shown) };
    }

    it('are redeemed once and remember the certificate', async () => {
      const { pbx, codes, shown, code, expiresAt } = await fresh();
      expect(shown).toMatch(/^([0-9A-Z]{5}-){5}[0-9A-Z]$/);
      expect(expiresAt).toBe(at / 1000 + 600);
      const first = await codes.claim(code);
      expect(first).toMatchObject({ outcome: 'claimed', claim: { pbx: 'acme_hq' } });
      expect(await codes.claim(code)).toEqual({ outcome: 'busy' });
      if (first.outcome !== 'claimed') throw new Error(first.outcome);
      expect(await codes.redeem(first.claim, certificate)).toBe(true);
      expect(await codes.redeem(first.claim, certificate)).toBe(false);
      expect(await codes.claim(code)).toEqual({ outcome: 'refused' });
      expect((await readPbxRows(pbx, ['acme_hq'])).get('acme_hq')).toMatchObject({
        certificateId: certificate,
        openCode: null,
      });
    });

    it('come back when an attempt fails, at once or when it is lost', async () => {
      const { codes, code } = await fresh();
      const first = await codes.claim(code);
      if (first.outcome !== 'claimed') throw new Error(first.outcome);
      await codes.release(first.claim);
      const second = await codes.claim(code);
      expect(second.outcome).toBe('claimed');
      at += 61_000;
      const third = await codes.claim(code);
      if (second.outcome !== 'claimed' || third.outcome !== 'claimed') throw new Error(third.outcome);
      await codes.release(second.claim);
      expect(await codes.redeem(second.claim, certificate)).toBe(false);
      expect(await codes.redeem(third.claim, certificate)).toBe(true);
    });

    it('end with their time, with the next one, and when they are revoked', async () => {
      const { codes, code } = await fresh();
      expect(await codes.claim('0'.repeat(26))).toEqual({ outcome: 'refused' });
      const { code: next } = await codes.make('acme_hq', 600);
      expect(await codes.claim(code)).toEqual({ outcome: 'refused' });
      await codes.revoke('acme_hq');
      await codes.revoke('acme_hq');
      expect(await codes.claim(enrollmentCodeSchema.parse(next))).toEqual({ outcome: 'refused' });
      const { code: last } = await codes.make('acme_hq', 600);
      at += 600_000;
      expect(await codes.claim(enrollmentCodeSchema.parse(last))).toEqual({ outcome: 'refused' });
    });
  });

  it("sends a job to its PBX's queue", async () => {
    const name = unique();
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: `${name}-jobs-acme_hq` }));
    undo.push(() => sqs.send(new DeleteQueueCommand({ QueueUrl })));
    const queue = createSqsJobQueue({ client: sqs, urlBase: QueueUrl.slice(0, -'acme_hq'.length) });
    const job = {
      v: 1,
      id: 'job-00000001',
      fun: 'test.ping',
      args: ['Zoë 😀'],
      kwargs: {},
      timeoutMs: 1000,
    } as const;
    await queue.send('acme_hq', { ...job, args: ['Zoë 😀'], createdAt: 1, expiresAt: 2 });
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    expect(JSON.parse(Messages?.[0]?.Body ?? '')).toEqual({ ...job, createdAt: 1, expiresAt: 2 });
    await expect(queue.send('acme_none', { ...job, args: [], createdAt: 1, expiresAt: 2 })).rejects.toThrow();
  });

  it("reads Odoo's secret and says which parameter is missing", async () => {
    const name = `/${unique()}/acme/odoo`;
    let at = 0;
    const secret = createOdooSecret({ client: ssm, name, now: () => at });
    await expect(secret({ refresh: false })).rejects.toMatchObject({
      code: 'SECRET_UNREADABLE',
      retryable: true,
    });
    await expect(secret({ refresh: false })).rejects.toThrow(name);
    const put = { Name: name, Type: 'SecureString', Overwrite: true } as const;
    await ssm.send(new PutParameterCommand({ ...put, Value: 'first' }));
    undo.push(() => ssm.send(new DeleteParameterCommand({ Name: name })));
    expect(await secret({ refresh: false })).toBe('first');
    await ssm.send(new PutParameterCommand({ ...put, Value: 'second' }));
    expect(await secret({ refresh: false })).toBe('first');
    at = 6000;
    expect(await secret({ refresh: true })).toBe('second');
  });
});
