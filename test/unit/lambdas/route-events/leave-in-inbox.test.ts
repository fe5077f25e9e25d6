import { afterEach, expect, it, vi } from 'vitest';
import { leaveInInbox } from '#lambdas/route-events/leave-in-inbox.ts';
import { hangingAwsClient } from '#test/support/hanging-aws-client.ts';
import { manualClock } from '#test/support/manual-clock.ts';
import { recordingLogger } from '#test/support/recording-logger.ts';
import { awsError, scriptedAwsClient, type SentCommand } from '#test/support/scripted-aws-client.ts';

afterEach(() => vi.restoreAllMocks());

const waiting = [0, 5, 900].map((afterSeconds) => ({ receiptHandle: `r${afterSeconds}`, afterSeconds }));

async function leave(answer: (command: SentCommand, call: number) => unknown, messages = waiting) {
  let calls = 0;
  const { client, sent } = scriptedAwsClient((command) => answer(command, (calls += 1)));
  const logger = recordingLogger();
  await leaveInInbox(
    messages,
    { client, url: 'https://sqs.example.com/1/inbox.fifo' },
    { clock: manualClock(), logger },
  );
  const entries = sent.map(({ input }) =>
    (input['Entries'] as { ReceiptHandle: string; VisibilityTimeout: number }[]).map((entry) => [
      entry.ReceiptHandle,
      entry.VisibilityTimeout,
    ]),
  );
  return { entries, sent, logger };
}

it('sets the time of each message, in their order', async () => {
  const { entries, sent, logger } = await leave(() => ({}));
  expect(entries).toEqual([
    [
      ['r0', 0],
      ['r5', 5],
      ['r900', 900],
    ],
  ]);
  expect(sent[0]).toMatchObject({
    name: 'ChangeMessageVisibilityBatch',
    input: { QueueUrl: 'https://sqs.example.com/1/inbox.fifo' },
  });
  expect(logger.at('warn')).toEqual([]);
});

it('tries those again that SQS could not do, and no others', async () => {
  const { entries, logger } = await leave((_, call) =>
    call === 1
      ? {
          Failed: [
            { Id: '1', Code: 'RequestThrottled', SenderFault: false },
            { Id: '2', Code: 'ReceiptHandleIsInvalid', SenderFault: true },
          ],
        }
      : {},
  );
  expect(entries.map((batch) => batch.map(([handle]) => handle))).toEqual([['r0', 'r5', 'r900'], ['r5']]);
  expect(logger.at('warn').map(({ code }) => code)).toEqual(['RequestThrottled', 'ReceiptHandleIsInvalid']);
});

it('gives up after three tries, and says so', async () => {
  const { entries, logger } = await leave(() => awsError('RequestThrottled'));
  expect(entries).toHaveLength(3);
  expect(logger.at('warn').at(-1)).toEqual({ message: 'messages come again later than wanted', messages: 3 });
});

it('takes ten at a time', async () => {
  const many = Array.from({ length: 23 }, (_, place) => ({ receiptHandle: `r${place}`, afterSeconds: 1 }));
  const { entries } = await leave(() => ({}), many);
  expect(entries.map(({ length }) => length)).toEqual([10, 10, 3]);
});

it('does not wait for an SQS that does not answer', async () => {
  vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => AbortSignal.abort());
  const logger = recordingLogger();
  await leaveInInbox(waiting, { client: hangingAwsClient(), url: '' }, { clock: manualClock(), logger });
  expect(logger.at('warn').at(-1)).toMatchObject({ messages: 3 });
});
