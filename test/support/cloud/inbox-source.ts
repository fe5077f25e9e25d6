import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningBundle } from '#scripts/lambda/run-bundle.ts';

export interface InboxSourceOptions {
  /** Of SQS, by way of the gate: Lambda reads the queue with the rights of the function's role. */
  readonly client: SQSClient;
  readonly region: string;
  /** As the emulator knows it. */
  readonly queueUrl: string;
  readonly batchSize: number;
  readonly bundle: RunningBundle;
}

/**
 * Lambda's event source mapping for an SQS FIFO queue with one message group: batches of at most ten, one at a
 * time; what the answer does not list in `batchItemFailures` is deleted, the rest becomes visible again in its time.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export interface InboxSource {
  /** Every invocation so far. */
  readonly invocations: Invocation[];
  /** Hands each batch in twice before it is deleted, as SQS's at-least-once delivery may. */
  duplicate: boolean;
  /** Hands batches in backwards, as after a change of the bus's order. */
  reverse: boolean;
  stop(): Promise<void>;
}

export interface Invocation {
  readonly records: number;
  readonly failures: number;
  readonly ms: number;
  /** Of the function, where it failed as a whole. */
  readonly error?: string;
}

export function startInboxSource(options: InboxSourceOptions): InboxSource {
  const { client: sqs, queueUrl, bundle, region, batchSize } = options;
  const arn = `arn:aws:sqs:${region}:${queueUrl.split('/').slice(-2).join(':')}`;
  const stopping = new AbortController();

  async function deliver(messages: readonly Message[]): Promise<readonly Message[]> {
    const records = messages.map((message) => recordOf(message, arn, region));
    const Records = source.reverse ? records.toReversed() : records;
    const started = performance.now();
    const told = (failures: number, error?: string) =>
      source.invocations.push({
        records: Records.length,
        failures,
        ms: performance.now() - started,
        ...(error === undefined ? {} : { error }),
      });
    try {
      const answer = (await bundle.invoke({ Records })) as {
        batchItemFailures?: { itemIdentifier: string }[];
      } | null;
      const failed = new Set((answer?.batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier));
      told(failed.size);
      return messages.filter(({ MessageId }) => !failed.has(MessageId ?? ''));
    } catch (error) {
      told(Records.length, String(error));
      return [];
    }
  }

  async function turn(): Promise<boolean> {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: batchSize,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      }),
    );
    if (Messages.length === 0) return false;
    if (source.duplicate) await deliver(Messages);
    const done = await deliver(Messages);
    if (done.length > 0) {
      const Entries = done.map(({ ReceiptHandle }, place) => ({ Id: String(place), ReceiptHandle }));
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
    }
    return true;
  }

  async function run(): Promise<void> {
    // As Lambda does before it reads.
    await sqs.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }));
    while (!stopping.signal.aborted) if (!(await turn())) await sleep(50);
  }

  const source: InboxSource = {
    invocations: [],
    duplicate: false,
    reverse: false,
    async stop() {
      stopping.abort();
      await running;
      sqs.destroy();
    },
  };
  const running = run();
  return source;
}

function recordOf(message: Message, eventSourceARN: string, awsRegion: string) {
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes ?? {},
    messageAttributes: message.MessageAttributes ?? {},
    md5OfBody: message.MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN,
    awsRegion,
  };
}
