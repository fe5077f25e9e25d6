import { DeleteMessageCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { JobSource, ReceivedJob } from '#core/ports/job-source.ts';
import { awsFault } from './aws-fault.ts';

/**
 * Receive, journal, delete takes milliseconds. An agent that dies in between sees the job again well before the
 * 60 s are over after which nothing may ring any more.
 */
const visibilitySeconds = 30;
const longestPollSeconds = 20;

/** A PBX's queue on SQS (standard). Rejects CLOUD_UNREACHABLE, CLOUD_REFUSED and what the credentials reject with. */
export function createSqsJobSource(client: SQSClient, queueUrl: string): JobSource {
  return {
    async receive({ max, waitMs, signal }) {
      if (signal?.aborted) return [];
      const command = new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: Math.min(10, max),
        WaitTimeSeconds: Math.min(longestPollSeconds, Math.floor(waitMs / 1000)),
        VisibilityTimeout: visibilitySeconds,
      });
      const stop = abortion(signal);
      try {
        // The signal reaches the request alone; credentials that are being fetched must not hold up a stop either.
        const answer = await Promise.race([client.send(command, stop.options), stop.aborted]);
        return (answer?.Messages ?? []).flatMap(({ Body, ReceiptHandle }): ReceivedJob[] =>
          Body === undefined || ReceiptHandle === undefined ? [] : [{ body: Body, receipt: ReceiptHandle }],
        );
      } catch (error) {
        if (signal?.aborted) return [];
        throw awsFault('jobs can not be received', error);
      } finally {
        stop.forget();
      }
    },
    async delete(receipt) {
      try {
        await client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: receipt }));
      } catch (error) {
        throw awsFault('the message can not be deleted', error);
      }
    },
  };
}

function abortion(signal: AbortSignal | undefined) {
  if (!signal) return { options: {}, aborted: new Promise<undefined>(() => {}), forget: () => undefined };
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const listener = () => resolve(undefined);
  signal.addEventListener('abort', listener, { once: true });
  return {
    options: { abortSignal: signal },
    aborted: promise,
    forget: () => signal.removeEventListener('abort', listener),
  };
}
