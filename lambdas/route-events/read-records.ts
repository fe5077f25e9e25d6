import * as z from 'zod';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { InboxMessage } from '#core/ports/inbox.ts';

/** A message of the inbox with what SQS wants to see again. */
export interface InboxRecord {
  readonly message: InboxMessage;
  readonly receiptHandle: string;
}

const eventSchema = z.object({
  Records: z.array(
    z.object({
      messageId: z.string(),
      receiptHandle: z.string(),
      /** The bus event as JSON, which EventBridge wrote. */
      body: z.string(),
      attributes: z.object({ ApproximateReceiveCount: z.coerce.number().int().positive().catch(1) }),
    }),
  ),
});

/** The messages that SQS hands over. What a body holds is not looked at here. Throws MESSAGE_INVALID. */
export function readRecords(event: unknown): InboxRecord[] {
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success) throw new OdoopbxError('MESSAGE_INVALID', 'this is no event of an SQS queue');
  return parsed.data.Records.map(({ messageId, receiptHandle, body, attributes }) => ({
    receiptHandle,
    message: { id: messageId, receiveCount: attributes.ApproximateReceiveCount, event: busEventOf(body) },
  }));
}

/** What is no JSON is refused, and parked, as the text that it is. */
function busEventOf(body: string): InboxMessage['event'] {
  try {
    return JSON.parse(body) as InboxMessage['event'];
  } catch {
    return { source: '', 'detail-type': '', detail: body };
  }
}
