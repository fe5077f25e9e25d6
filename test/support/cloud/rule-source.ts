import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningBundle } from '#scripts/lambda/run-bundle.ts';
import { emulatorClient } from './emulator-calls.ts';

/**
 * Stands for a rule of EventBridge whose target is a function, which moto does not call: the rule delivers into a
 * queue of the test (moto-differences.ts), this hands each event to the function.
 */
export interface RuleSource {
  /** What the function threw. */
  readonly errors: string[];
  stop(): Promise<void>;
}

export function startRuleSource(
  emulatorUrl: string,
  region: string,
  queueUrl: string,
  bundle: RunningBundle,
): RuleSource {
  const sqs = new SQSClient(emulatorClient(emulatorUrl, region));
  const errors: string[] = [];
  const stopping = new AbortController();

  async function turn(): Promise<boolean> {
    const receive = new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 });
    const { Messages = [] } = await sqs.send(receive);
    for (const { Body = '', ReceiptHandle } of Messages) {
      await bundle.invoke(JSON.parse(Body)).catch((error: unknown) => errors.push(String(error)));
      await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
    }
    return Messages.length > 0;
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) if (!(await turn())) await sleep(100);
  }

  const running = run();
  return {
    errors,
    async stop() {
      stopping.abort();
      await running;
      sqs.destroy();
    },
  };
}
