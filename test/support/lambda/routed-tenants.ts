import { createHash, randomUUID } from 'node:crypto';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { marshall } from '@aws-sdk/util-dynamodb';
import { vi } from 'vitest';
import { sqsClientOptions } from '#aws/client-options.ts';
import type { AmiBatch } from '#core/contracts/ami-batch.ts';
import type { JobRecord } from '#core/ports/job-store.ts';
import { resourceNames } from '#core/fleet/resource-names.ts';
import { startSqsEmulator } from '#test/emulators/sqs-emulator.ts';
import { cdrItem, epoch } from '#test/support/route-fixtures.ts';
import { AwsFault, startAwsStub, type AwsInput } from './aws-stub.ts';
import { startClaimingOdoo, type ClaimingOdoo } from './claiming-odoo.ts';
import { FifoQueue } from './fifo-queue.ts';
import { InboxPoller, type SqsHandler } from './inbox-poller.ts';
import { MemoryTables } from './memory-tables.ts';

const names = resourceNames('test');
const sqsBase = 'http://sqs.us-east-1.localhost/000000000000/';
const functionVisibilitySeconds = 226;

/** A tenant with its inbox, its Odoo and its route-events: the real handler, in this process. */
export interface RoutedTenant {
  readonly odoo: ClaimingOdoo;
  readonly inbox: FifoQueue;
  readonly poller: InboxPoller;
  /** What EventBridge puts into the inbox for a batch of one PBX. */
  batch(seqs: readonly number[], pbx?: string): string;
  /** Polls, and lets the time pass in which nothing is visible, until the inbox is empty or `seconds` are over. */
  drain(seconds?: number): Promise<void>;
  /** Takes everything out of the DLQ. */
  parked(): Promise<{ body: { detail: unknown; source: string }; code: string; reason: string }[]>;
}

export interface RoutedTenants {
  readonly tables: MemoryTables;
  /** Jobs that were sent to PBXs. */
  readonly jobs: string[];
  /** How many calls of ChangeMessageVisibilityBatch are still throttled. */
  throttled: number;
  tenant(name: string, logins?: Record<string, string>): Promise<RoutedTenant>;
  stop(): Promise<void>;
}

/** SQS, DynamoDB and Parameter Store for the functions of several tenants. Time (Date) is the test's own. */
export async function startRoutedTenants(): Promise<RoutedTenants> {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_790_000_000_000 });
  const deadLetters = await startSqsEmulator();
  const sqs = new SQSClient({
    ...sqsClientOptions(),
    endpoint: deadLetters.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const inboxes = new Map<string, FifoQueue>();
  const stops: (() => Promise<void>)[] = [];
  const tables = new MemoryTables();
  const state = { tables, jobs: [] as string[], throttled: 0 };

  const stub = await startAwsStub((operation, input) => {
    if (operation === 'AmazonSSM.GetParameter') return { Parameter: { Value: input['Name'] } };
    if (operation.startsWith('AmazonSQS.')) return answerSqs(operation, input);
    return tables.answer(operation, input) ?? new AwsFault('UnknownOperationException');
  });

  function answerSqs(operation: string, input: AwsInput): object | Promise<object> {
    const queue = String(input['QueueUrl']).slice(sqsBase.length);
    const inbox = inboxes.get(queue);
    if (operation === 'AmazonSQS.ChangeMessageVisibilityBatch' && inbox !== undefined) {
      return setTimes(inbox, input['Entries'] as VisibilityEntry[]);
    }
    if (queue.startsWith('test-parked-')) return forward(operation, input);
    const body = String(input['MessageBody']);
    state.jobs.push(body);
    return { MessageId: randomUUID(), MD5OfMessageBody: createHash('md5').update(body).digest('hex') };
  }

  function setTimes(inbox: FifoQueue, entries: readonly VisibilityEntry[]): object {
    if (state.throttled > 0) {
      state.throttled -= 1;
      return new AwsFault('RequestThrottled');
    }
    const taken = entries.map((entry) => ({
      Id: entry.Id,
      ok: inbox.changeVisibility(entry.ReceiptHandle, entry.VisibilityTimeout),
    }));
    const failure = { Code: 'ReceiptHandleIsInvalid', SenderFault: true };
    return {
      Successful: taken.filter(({ ok }) => ok).map(({ Id }) => ({ Id })),
      Failed: taken.filter(({ ok }) => !ok).map(({ Id }) => ({ Id, ...failure })),
    };
  }

  async function forward(operation: string, input: AwsInput): Promise<object> {
    const headers = { 'x-amz-target': operation, 'content-type': 'application/x-amz-json-1.0' };
    const answer = await fetch(deadLetters.url, { method: 'POST', headers, body: JSON.stringify(input) });
    const output = (await answer.json()) as object & { __type?: string };
    return answer.ok ? output : new AwsFault(output.__type ?? 'unknown', answer.status);
  }

  async function loadHandler(name: string, odoo: object): Promise<SqsHandler> {
    const environment = {
      AWS_ENDPOINT_URL: stub.url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      PLATFORM: 'test',
      TENANT: name,
      JOBS_TABLE: names.jobsTable,
      PBX_TABLE: names.pbxTable,
      JOB_QUEUE_URL_BASE: `${sqsBase}test-jobs-`,
      INBOX_URL: sqsBase + names.inbox(name),
      PARKED_URL: sqsBase + names.parked(name),
      ODOO: JSON.stringify(odoo),
      LOG_LEVEL: 'error',
    };
    for (const [variable, value] of Object.entries(environment)) vi.stubEnv(variable, value);
    // Each tenant has a function of its own, which reads its environment when it starts.
    vi.resetModules();
    return (await import('#lambdas/route-events/handler.ts')).handler as SqsHandler;
  }

  async function tenant(name: string, logins: Record<string, string> = {}): Promise<RoutedTenant> {
    const odoo = await startClaimingOdoo();
    stops.push(() => odoo.close());
    const inbox = new FifoQueue(Date.now, functionVisibilitySeconds);
    inboxes.set(names.inbox(name), inbox);
    const QueueName = names.parked(name);
    const { QueueUrl } = await sqs.send(
      new CreateQueueCommand({ QueueName, Attributes: { FifoQueue: 'true' } }),
    );
    const handler = await loadHandler(name, {
      url: odoo.url,
      db: name,
      login: 'pbx',
      timeoutSeconds: 60,
      allowPrivateAddress: true,
      allowHttp: true,
      logins,
    });
    const poller = new InboxPoller({ queue: inbox, handler });
    return {
      odoo,
      inbox,
      poller,
      batch(seqs, pbx = `${name}_hq`) {
        const [firstSeq = 1] = seqs;
        const detail: AmiBatch = {
          v: 1, pbx, epoch, firstSeq, lastSeq: seqs.at(-1) ?? firstSeq, rulesVersion: null,
          events: seqs.map((seq) => cdrItem(seq)),
        }; // prettier-ignore
        return busEvent(pbx, 'ami.batch.v1', detail);
      },
      async drain(seconds = 3600) {
        const until = Date.now() + seconds * 1000;
        while (inbox.size > 0) {
          while (await poller.poll());
          const next = inbox.nextVisibleAt;
          vi.setSystemTime(Math.min(next ?? until, until));
          if (next === undefined || next > until) break;
        }
      },
      parked: () => takeAll(QueueUrl ?? ''),
    };
  }

  async function takeAll(QueueUrl: string) {
    const all = [];
    for (;;) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }),
      );
      if (Messages.length === 0) return all;
      for (const { Body = '', MessageAttributes = {}, ReceiptHandle } of Messages) {
        all.push({
          body: JSON.parse(Body) as { detail: unknown; source: string },
          code: MessageAttributes['code']?.StringValue ?? '',
          reason: MessageAttributes['message']?.StringValue ?? '',
        });
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
  }

  return Object.assign(state, {
    tenant,
    async stop() {
      for (const stop of stops) await stop();
      await stub.stop();
      sqs.destroy();
      await deadLetters.stop();
      vi.useRealTimers();
      vi.unstubAllEnvs();
    },
  });
}

interface VisibilityEntry {
  readonly Id: string;
  readonly ReceiptHandle: string;
  readonly VisibilityTimeout: number;
}

export function busEvent(pbx: string, detailType: string, detail: unknown): string {
  const envelope = { version: '0', id: randomUUID(), source: `pbx.${pbx}`, account: '000000000000' };
  return JSON.stringify({ ...envelope, 'detail-type': detailType, detail });
}

/** A row of the jobs table, as the door keeps it. */
export function keepJob(
  tables: MemoryTables,
  { id, pbx, fun, asList, callback, createdAt, expiresAt }: JobRecord,
) {
  const job = { id, pbx, fun, asList, createdAt, expiresAt, open: 'open' };
  const Item = marshall({ ...job, ...(callback && { callback: JSON.stringify(callback) }) });
  tables.put({ TableName: names.jobsTable, Item });
}
