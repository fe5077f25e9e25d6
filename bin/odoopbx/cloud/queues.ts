import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  SendMessageCommand,
  type Message,
  type QueueAttributeName,
  type SQSClient,
} from '@aws-sdk/client-sqs';

export interface QueueDepth {
  readonly waiting: number;
  readonly inFlight: number;
}

export interface QueueMessage {
  readonly id: string;
  readonly body: string;
  readonly receipt: string;
  /** Its message attributes, as text. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Queues {
  /** About how many messages lie there (SQS counts approximately); undefined: no such queue. */
  depth(name: string): Promise<QueueDepth | undefined>;
  /** At most 10; nobody else gets them for `hideSeconds`. */
  receive(name: string, hideSeconds: number): Promise<QueueMessage[]>;
  /** Gives a message back, as if it had not been received. */
  release(name: string, message: QueueMessage): Promise<void>;
  /** Into a FIFO queue; the same `dedupId` within five minutes is one message. */
  sendFifo(name: string, message: { body: string; groupId: string; dedupId: string }): Promise<void>;
  delete(name: string, message: QueueMessage): Promise<void>;
}

/** `urlOf`: the queue's URL by its name. */
export function sqsQueues(client: SQSClient, urlOf: (name: string) => string): Queues {
  return {
    async depth(name) {
      try {
        const { Attributes = {} } = await client.send(
          new GetQueueAttributesCommand({
            QueueUrl: urlOf(name),
            AttributeNames: [
              'ApproximateNumberOfMessages',
              'ApproximateNumberOfMessagesDelayed',
              'ApproximateNumberOfMessagesNotVisible',
            ],
          }),
        );
        const count = (attribute: QueueAttributeName) => Number(Attributes[attribute] ?? 0);
        return {
          waiting: count('ApproximateNumberOfMessages') + count('ApproximateNumberOfMessagesDelayed'),
          inFlight: count('ApproximateNumberOfMessagesNotVisible'),
        };
      } catch (error) {
        if (error instanceof QueueDoesNotExist) return undefined;
        throw error;
      }
    },
    async receive(name, hideSeconds) {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl: urlOf(name),
          MaxNumberOfMessages: 10,
          VisibilityTimeout: hideSeconds,
          // A long poll asks all of SQS's servers: a short one may miss messages that are there.
          WaitTimeSeconds: 1,
          MessageAttributeNames: ['All'],
        }),
      );
      return Messages.map(messageOfSqs);
    },
    async release(name, { receipt }) {
      await client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: urlOf(name),
          ReceiptHandle: receipt,
          VisibilityTimeout: 0,
        }),
      );
    },
    async sendFifo(name, { body, groupId, dedupId }) {
      await client.send(
        new SendMessageCommand({
          QueueUrl: urlOf(name),
          MessageBody: body,
          MessageGroupId: groupId,
          MessageDeduplicationId: dedupId,
        }),
      );
    },
    async delete(name, { receipt }) {
      await client.send(new DeleteMessageCommand({ QueueUrl: urlOf(name), ReceiptHandle: receipt }));
    },
  };
}

function messageOfSqs({ MessageId, Body, ReceiptHandle, MessageAttributes = {} }: Message): QueueMessage {
  return {
    id: MessageId ?? '',
    body: Body ?? '',
    receipt: ReceiptHandle ?? '',
    attributes: Object.fromEntries(
      Object.entries(MessageAttributes).map(([name, { StringValue = '' }]) => [name, StringValue]),
    ),
  };
}
