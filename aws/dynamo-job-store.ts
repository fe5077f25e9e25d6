import {
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type AttributeValue,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Callback } from '#core/contracts/callback.ts';
import type { JobStatus } from '#core/contracts/job-result.ts';
import type { PbxId } from '#core/contracts/names.ts';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { JobRecord, JobStore } from '#core/ports/job-store.ts';
import { isConditionFailed, transact, type DynamoTable } from './dynamo-table.ts';

export interface DynamoJobStore extends JobStore {
  /**
   * Pages of jobs past `before` (Unix seconds) that have no answer and that the sweeper did not close yet, the oldest
   * first.
   */
  overdue(before: number, pageSize?: number): AsyncGenerator<JobRecord[], void, undefined>;
  /** The sweeper's answer is on its way: the job is not overdue any more. */
  markSwept(pbx: PbxId, id: string): Promise<void>;
}

/** Rows are forgotten (TTL) so long after the job's end: as long as the cloud keeps messages. */
const keepSeconds = 14 * 86_400;

/** A row takes 400 KB. */
const maxCallbackBytes = 300_000;

const overdueIndex = 'overdue';
/** The index holds the rows that have the attribute: those without an answer. */
const openJobs = 'open';

/**
 * The `jobs` table: partition `pbx`, sort `id`; index `overdue` of partition `open`, sort `expiresAt`. A callback of
 * over 300 KB is refused with DOOR_TOO_LARGE.
 */
export function createDynamoJobStore({ client, table }: DynamoTable): DynamoJobStore {
  async function jobOfKey(pbx: PbxId, key: string): Promise<string> {
    const { Item } = await client.send(
      new GetItemCommand({ TableName: table, Key: keyOf(pbx, key), ConsistentRead: true }),
    );
    const jobId = Item?.['jobId']?.S;
    if (jobId === undefined) throw new Error(`the row of an idempotency key of ${pbx} is gone`);
    return jobId;
  }

  async function changeOpen(pbx: PbxId, id: string, set: string, value: unknown): Promise<void> {
    try {
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: keyOf(pbx, id),
          UpdateExpression: 'SET #set = :value REMOVE #open',
          ConditionExpression: 'attribute_exists(id) AND attribute_not_exists(#set)',
          ExpressionAttributeNames: { '#set': set, '#open': 'open' },
          ExpressionAttributeValues: marshall({ ':value': value }),
        }),
      );
    } catch (error) {
      // Of another PBX, unknown, or done before: the first one counts.
      if (!isConditionFailed(error)) throw error;
    }
  }

  return {
    async create(record, idempotencyKey) {
      const { pbx, id } = record;
      const job = { TableName: table, Item: itemOf(record) };
      if (idempotencyKey === undefined) {
        await client.send(new PutItemCommand(job));
        return { created: true, id };
      }
      const key = `key#${idempotencyKey}`;
      const row = marshall({ pbx, id: key, jobId: id, ttl: ttlOf(record) });
      const once = { TableName: table, Item: row, ConditionExpression: 'attribute_not_exists(id)' };
      const command = { TransactItems: [{ Put: once }, { Put: job }] };
      const created = await transact(async () => {
        await client.send(new TransactWriteItemsCommand(command));
      });
      return created ? { created, id } : { created, id: await jobOfKey(pbx, key) };
    },

    async find(pbx, id) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: table, Key: keyOf(pbx, id), ConsistentRead: true }),
      );
      return Item === undefined ? undefined : recordOf(Item);
    },

    markDelivered: (pbx, id, status) => changeOpen(pbx, id, 'deliveredStatus', status),
    markSwept: (pbx, id) => changeOpen(pbx, id, 'swept', true),

    async *overdue(before, pageSize = 100) {
      let start: Record<string, AttributeValue> | undefined;
      do {
        const page = await client.send(
          new QueryCommand({
            TableName: table,
            IndexName: overdueIndex,
            KeyConditionExpression: '#open = :open AND expiresAt < :before',
            ExpressionAttributeNames: { '#open': 'open' },
            ExpressionAttributeValues: marshall({ ':open': openJobs, ':before': before }),
            Limit: pageSize,
            ExclusiveStartKey: start,
          }),
        );
        if (page.Items !== undefined && page.Items.length > 0) yield page.Items.map(recordOf);
        start = page.LastEvaluatedKey;
      } while (start !== undefined);
    },
  };
}

function keyOf(pbx: PbxId, id: string): Record<string, AttributeValue> {
  return marshall({ pbx, id });
}

function itemOf(record: JobRecord): Record<string, AttributeValue> {
  const { callback, deliveredStatus, ...plain } = record;
  const text = JSON.stringify(callback);
  if (Buffer.byteLength(text) > maxCallbackBytes) {
    throw new OdoopbxError('DOOR_TOO_LARGE', `pass_back is too large: ${maxCallbackBytes} bytes at most`);
  }
  return marshall({
    ...plain,
    ...(callback === null ? {} : { callback: text }),
    ...(deliveredStatus === null ? { open: openJobs } : { deliveredStatus }),
    ttl: ttlOf(record),
  });
}

function ttlOf({ createdAt, expiresAt }: JobRecord): number {
  return Math.ceil(Math.max(createdAt, expiresAt)) + keepSeconds;
}

function recordOf(item: Record<string, AttributeValue>): JobRecord {
  const row = unmarshall(item) as Omit<JobRecord, 'callback' | 'deliveredStatus'> & {
    callback?: string;
    deliveredStatus?: JobStatus;
  };
  const { id, pbx, fun, asList, createdAt, expiresAt, callback, deliveredStatus } = row;
  return {
    id,
    pbx,
    fun,
    asList,
    callback: callback === undefined ? null : (JSON.parse(callback) as Callback),
    createdAt,
    expiresAt,
    deliveredStatus: deliveredStatus ?? null,
  };
}
