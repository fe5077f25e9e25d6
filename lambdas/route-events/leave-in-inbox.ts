import {
  ChangeMessageVisibilityBatchCommand,
  type ChangeMessageVisibilityBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { messageOf } from '#core/errors/odoopbx-error.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';

export interface Waiting {
  readonly receiptHandle: string;
  readonly afterSeconds: number;
}

export interface Inbox {
  readonly client: SQSClient;
  readonly url: string;
}

const batchSize = 10;
const tries = 3;
/** All tries end in the time that route-batch keeps for them: else Lambda ends the function, and all comes again. */
const tryMs = 1000;

/**
 * Lets messages come again after their time. Never rejects: what SQS does not take comes again after the inbox's own
 * visibility time-out, later than wanted but in its order, as the group waits for it.
 */
export async function leaveInInbox(
  waiting: readonly Waiting[],
  { client, url }: Inbox,
  { clock, logger }: { clock: Clock; logger: Logger },
): Promise<void> {
  const entries = waiting.map(({ receiptHandle, afterSeconds }, place) => ({
    Id: String(place),
    ReceiptHandle: receiptHandle,
    VisibilityTimeout: afterSeconds,
  }));
  for (let from = 0; from < entries.length; from += batchSize) {
    let left: ChangeMessageVisibilityBatchRequestEntry[] = entries.slice(from, from + batchSize);
    for (let attempt = 1; left.length > 0 && attempt <= tries; attempt += 1) {
      if (attempt > 1) await clock.sleep(attempt * 100);
      left = await change(left);
    }
    if (left.length > 0) logger.warn('messages come again later than wanted', { messages: left.length });
  }

  /** Returns those that are worth another try. */
  async function change(
    batch: ChangeMessageVisibilityBatchRequestEntry[],
  ): Promise<ChangeMessageVisibilityBatchRequestEntry[]> {
    try {
      const { Failed = [] } = await client.send(
        new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries: batch }),
        { abortSignal: AbortSignal.timeout(tryMs) },
      );
      for (const { Code, SenderFault } of Failed) {
        logger.warn('the time of a message could not be set', { code: Code, ours: SenderFault });
      }
      const again = new Set(Failed.filter(({ SenderFault }) => SenderFault !== true).map(({ Id }) => Id));
      return batch.filter(({ Id }) => again.has(Id));
    } catch (error) {
      logger.warn('the time of messages could not be set', { error: messageOf(error) });
      return batch;
    }
  }
}
