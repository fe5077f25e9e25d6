import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Alarms } from './alarms.ts';

export interface WorkedQueueProps {
  /** A name that ends in `.fifo` makes a FIFO queue with content-based deduplication. */
  readonly name: string;
  /** How long a message waits for somebody to take it. SQS: 1 minute to 14 days. */
  readonly retention: Duration;
  /** How long a message that somebody took is out of sight; longer than the work on it takes. */
  readonly visibility: Duration;
  /** What waits in it is worth keeping when the stack goes. */
  readonly kept: boolean;
}

/**
 * A queue that something works on: encrypted at rest, TLS alone, no redrive policy (who works on it decides what
 * can not be done and where it goes), and the alarms that its owner wants.
 */
export class WorkedQueue extends Construct {
  readonly queue: Queue;
  readonly #name: string;

  constructor(scope: Construct, id: string, { name, retention, visibility, kept }: WorkedQueueProps) {
    super(scope, id);
    this.#name = name;
    this.queue = new Queue(this, 'Queue', {
      queueName: name,
      ...(name.endsWith('.fifo') && { fifo: true, contentBasedDeduplication: true }),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: retention,
      visibilityTimeout: visibility,
      // Kept when the stack goes, but not when its first deployment fails: then nothing was in it.
      removalPolicy: kept ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    });
  }

  alarmWhenOlderThan(age: Duration, alarms: Alarms, id: string): void {
    alarms.add(id, {
      metric: this.queue.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum' }),
      above: age.toSeconds(),
      description: `The oldest message in ${this.#name} has waited for over ${age.toMinutes()} minutes.`,
    });
  }

  alarmWhenNotEmpty(alarms: Alarms, id: string): void {
    alarms.add(id, {
      metric: this.queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' }),
      above: 0,
      description: `${this.#name} holds messages that nobody works on by itself.`,
    });
  }
}
