import type { FifoQueue, ReceivedMessage } from './fifo-queue.ts';

export type SqsHandler = (
  event: unknown,
  context: { getRemainingTimeInMillis(): number },
) => Promise<{ batchItemFailures: { itemIdentifier: string }[] }>;

export interface InboxPollerOptions {
  readonly queue: FifoQueue;
  readonly handler: SqsHandler;
  /** Of the function. */
  readonly timeoutMs?: number;
}

/**
 * Lambda's event source mapping of a FIFO queue: ten messages at most, one invocation at a time for a group; what the
 * answer lists stays, all else is deleted; what a function throws leaves everything in the queue.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export class InboxPoller {
  /** The messages of each invocation, by their ids. */
  readonly invocations: string[][] = [];
  /** What invocations threw. */
  readonly errors: unknown[] = [];
  /** The next batch is handed over, worked on, and not deleted: Lambda lost the answer. */
  loseNextAnswer = false;
  readonly #options: InboxPollerOptions;

  constructor(options: InboxPollerOptions) {
    this.#options = options;
  }

  /** One receive with what follows; false where nothing was visible. */
  async poll(): Promise<boolean> {
    const { queue, handler, timeoutMs = 196_000 } = this.#options;
    const messages = queue.receive();
    if (messages.length === 0) return false;
    this.invocations.push(messages.map(({ id }) => id));
    const until = performance.now() + timeoutMs;
    const context = { getRemainingTimeInMillis: () => until - performance.now() };
    try {
      const { batchItemFailures } = await handler({ Records: messages.map(recordOf) }, context);
      if (this.loseNextAnswer) {
        this.loseNextAnswer = false;
        return true;
      }
      const left = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      for (const { id, receiptHandle } of messages) if (!left.has(id)) queue.delete(receiptHandle);
    } catch (error) {
      this.errors.push(error);
    }
    return true;
  }
}

function recordOf({ id, receiptHandle, body, group, receiveCount, firstReceivedAt }: ReceivedMessage) {
  return {
    messageId: id,
    receiptHandle,
    body,
    attributes: {
      ApproximateReceiveCount: String(receiveCount),
      ApproximateFirstReceiveTimestamp: String(firstReceivedAt),
      MessageGroupId: group,
    },
    messageAttributes: {},
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:inbox.fifo',
    awsRegion: 'us-east-1',
  };
}
