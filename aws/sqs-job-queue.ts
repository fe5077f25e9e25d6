import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Job } from '#core/contracts/job.ts';
import type { PbxId } from '#core/contracts/names.ts';
import type { JobQueue } from '#core/ports/job-queue.ts';

export interface SqsJobQueueOptions {
  /** Made with sqsClientOptions(). */
  readonly client: SQSClient;
  /** The URL of each PBX's queue without the PBX's id, which ends it. */
  readonly urlBase: string;
}

/** The PBXs' job queues. Rejects with what the SDK throws: the caller decides who is told. */
export function createSqsJobQueue({ client, urlBase }: SqsJobQueueOptions): JobQueue {
  return {
    async send(pbx: PbxId, job) {
      await client.send(new SendMessageCommand({ QueueUrl: `${urlBase}${pbx}`, MessageBody: bodyOf(job) }));
    },
  };
}

/** JSON that SQS takes: the two characters that it refuses and JSON leaves as they are get escaped. */
function bodyOf(job: Job): string {
  return JSON.stringify(job).replaceAll(/[\ufffe\uffff]/g, (one) => `\\u${one.charCodeAt(0).toString(16)}`);
}
