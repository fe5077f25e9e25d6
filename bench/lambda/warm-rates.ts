import { createHash, randomUUID } from 'node:crypto';
import { marshall } from '@aws-sdk/util-dynamodb';
import { resourceNames } from '../../core/fleet/resource-names.ts';
import { runBundle, type RunningBundle } from '../../scripts/lambda/run-bundle.ts';
import { AwsFault, startAwsStub, type AwsInput } from '../../test/support/lambda/aws-stub.ts';
import { startClaimingOdoo } from '../../test/support/lambda/claiming-odoo.ts';
import { MemoryTables } from '../../test/support/lambda/memory-tables.ts';
import { batchMessage } from '../../test/support/route-fixtures.ts';
import { commonEnvironment, routeEventsEnvironment } from './environments.ts';

export interface WarmRate {
  readonly function: string;
  /** What one invocation is given. */
  readonly what: string;
  readonly perSecond: number;
}

const apiKey = 'a-key-of-acme-hq';
const messagesPerBatch = 10;
const eventsPerMessage = 20;

/**
 * Invocations per second of a warm function, one after the other, against stand-ins in this process for DynamoDB,
 * SQS, Parameter Store and Odoo, which answer at once: what is left is our own work and the runtime's.
 */
export async function warmRates(
  bundleOf: (name: string) => { name: string; folder: string; ricProgram: string },
  invocations: number,
): Promise<WarmRate[]> {
  const tables = new MemoryTables();
  const aws = await startAwsStub((operation, input) => answer(operation, input, tables));
  const odoo = await startClaimingOdoo();
  try {
    keepPbx(tables);
    const endpoint = { AWS_ENDPOINT_URL: aws.url };
    const submitJob = await rateOf(
      await runBundle({ ...bundleOf('submit-job'), env: { ...commonEnvironment, ...endpoint } }),
      invocations,
      () => jobRequest,
    );
    const routeEvents = await rateOf(
      await runBundle({
        ...bundleOf('route-events'),
        env: { ...routeEventsEnvironment(odoo.url), ...endpoint },
      }),
      invocations,
      sqsBatch,
    );
    const expected = (invocations + 1) * messagesPerBatch * eventsPerMessage;
    if (odoo.effects.length !== expected) {
      throw new Error(`${expected} events went in, ${odoo.effects.length} came to Odoo`);
    }
    return [
      { function: 'submit-job', what: 'a job', perSecond: submitJob },
      {
        function: 'route-events',
        what: `${messagesPerBatch} messages with ${eventsPerMessage} events each, through the gateway`,
        perSecond: routeEvents,
      },
    ];
  } finally {
    await odoo.close();
    await aws.stop();
  }
}

async function rateOf(
  bundle: RunningBundle,
  invocations: number,
  eventOf: (count: number) => unknown,
): Promise<number> {
  try {
    check(await bundle.invoke(eventOf(0)));
    const events = Array.from({ length: invocations }, (_, count) => eventOf(count + 1));
    const started = performance.now();
    for (const event of events) check(await bundle.invoke(event));
    return Math.round((invocations / (performance.now() - started)) * 1000);
  } finally {
    await bundle.stop();
  }
}

function check(answer: unknown): void {
  const { statusCode, batchItemFailures } = answer as { statusCode?: number; batchItemFailures?: unknown[] };
  if (statusCode === 202 || batchItemFailures?.length === 0) return;
  throw new Error(`not as expected: ${JSON.stringify(answer).slice(0, 500)}`);
}

const jobRequest = {
  version: '2.0',
  routeKey: 'POST /app/asterisk_plus/agent',
  headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
  body: JSON.stringify({
    fun: 'asterisk.manager_action',
    args: [
      {
        Action: 'Originate',
        Channel: 'PJSIP/101',
        Context: 'out',
        Exten: '200',
        Priority: '1',
        Async: 'true',
      },
    ],
    kwargs: {},
    res_model: 'asterisk_plus.call',
    res_method: 'originate_call_response',
  }),
  isBase64Encoded: false,
};

function sqsBatch(count: number): unknown {
  const firstOf = (place: number) => (count * messagesPerBatch + place) * eventsPerMessage;
  return {
    Records: Array.from({ length: messagesPerBatch }, (_, place) => {
      const seqs = Array.from({ length: eventsPerMessage }, (_, at) => firstOf(place) + at + 1);
      const { id, event } = batchMessage(seqs);
      const attributes = { ApproximateReceiveCount: '1' };
      return { messageId: id, receiptHandle: `receipt-${id}`, body: JSON.stringify(event), attributes };
    }),
  };
}

function keepPbx(tables: MemoryTables): void {
  const { pbxTable } = resourceNames('bench');
  const hash = createHash('sha256').update(apiKey).digest('hex');
  const row = { id: 'acme_hq', keyHashes: [hash], lastSeen: Date.now() / 1000, kind: 'pbx' };
  for (const Item of [row, { id: `key#${hash}`, pbx: 'acme_hq' }]) {
    tables.put({ TableName: pbxTable, Item: marshall(Item) });
  }
}

function answer(operation: string, input: AwsInput, tables: MemoryTables): object {
  if (operation === 'AmazonSSM.GetParameter') return { Parameter: { Value: 'secret' } };
  if (operation === 'AmazonSQS.SendMessage') {
    const md5 = createHash('md5')
      .update(input['MessageBody'] as string)
      .digest('hex');
    return { MessageId: randomUUID(), MD5OfMessageBody: md5 };
  }
  return tables.answer(operation, input) ?? new AwsFault('UnknownOperationException');
}
