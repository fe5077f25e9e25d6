import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Logger } from '#core/ports/logger.ts';
import type { ParkedItem } from '#core/ports/inbox.ts';
import { parkedMessagesOf } from './parked-messages.ts';

export interface ParkedQueue {
  readonly client: SQSClient;
  readonly url: string;
}

/** What takes longer is left in the inbox and parked the next time, once: it has the same deduplication id. */
const sendMs = 2000;

/** Puts what was given up of one message into the tenant's DLQ. Rejects as soon as something is not taken there. */
export async function park(
  messageId: string,
  items: readonly ParkedItem[],
  { client, url }: ParkedQueue,
  logger: Logger,
): Promise<void> {
  for (const parked of items.flatMap((item) => parkedMessagesOf(messageId, item))) {
    await client.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageGroupId: parked.groupId,
        MessageDeduplicationId: parked.deduplicationId,
        MessageBody: parked.body,
        MessageAttributes: {
          code: { DataType: 'String', StringValue: parked.code },
          message: { DataType: 'String', StringValue: parked.reason },
        },
      }),
      { abortSignal: AbortSignal.timeout(sendMs) },
    );
    if (parked.isCut) {
      logger.error('what is parked is too large to be kept', { messageId, code: parked.code });
    }
  }
}
