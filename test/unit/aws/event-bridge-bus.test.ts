import { expect, it } from 'vitest';
import { createEventBridgeBus } from '#aws/event-bridge-bus.ts';
import { maxResultBytes } from '#core/contracts/job-result.ts';
import type { BusEntry } from '#core/ports/bus.ts';
import { awsError, scriptedAwsClient } from '#test/support/scripted-aws-client.ts';

const entry = (detail: string): BusEntry => ({ source: 'pbx.acme_hq', detailType: 'job.result.v1', detail });

function busThatAnswers(answer: unknown) {
  const { client, sent } = scriptedAwsClient(() => answer);
  return { bus: createEventBridgeBus({ client, bus: 'odoopbx' }), sent };
}

it('puts entries on the bus by its name', async () => {
  const { bus, sent } = busThatAnswers({ Entries: [{ EventId: '1' }] });
  expect(await bus.put([entry('{}')])).toEqual([{ accepted: true }]);
  expect(sent).toEqual([
    {
      name: 'PutEvents',
      input: {
        Entries: [
          { EventBusName: 'odoopbx', Source: 'pbx.acme_hq', DetailType: 'job.result.v1', Detail: '{}' },
        ],
      },
    },
  ]);
});

it.each([
  ['ThrottlingException', true],
  ['InternalFailure', true],
  ['InternalException', true],
  ['SomethingThatAwsAddedLater', true],
  ['MalformedDetail', false],
  ['InvalidArgument', false],
  ['NotAuthorizedForSourceException', false],
  ['NotAuthorizedForDetailTypeException', false],
])('takes %s of one entry for retryable: %s', async (ErrorCode, retryable) => {
  const { bus } = busThatAnswers({
    FailedEntryCount: 1,
    Entries: [{ EventId: '1' }, { ErrorCode, ErrorMessage: 'why' }],
  });
  expect(await bus.put([entry('{}'), entry('{}')])).toEqual([
    { accepted: true },
    { accepted: false, retryable, message: `${ErrorCode}: why` },
  ]);
});

it('holds an entry without an outcome for not accepted', async () => {
  const { bus } = busThatAnswers({ Entries: [{ EventId: '1' }] });
  const outcomes = await bus.put([entry('{}'), entry('{}')]);
  expect(outcomes[1]).toMatchObject({ accepted: false, retryable: true });
});

it.each(['ExpiredTokenException', 'UnrecognizedClientException', 'AccessDeniedException', 'TimeoutError'])(
  'rejects a call that fails with %s as worth another try',
  async (name) => {
    const { bus } = busThatAnswers(awsError(name));
    await expect(bus.put([entry('{}')])).rejects.toMatchObject({ code: 'BUS_UNREACHABLE', retryable: true });
    await expect(bus.put([entry('{}')])).rejects.toThrow(name);
  },
);

it('keeps outcomes in their places where entries are too large to be sent', async () => {
  const { bus, sent } = busThatAnswers({
    Entries: [{ EventId: '1' }, { ErrorCode: 'ThrottlingException' }],
  });
  const huge = entry(`"${'x'.repeat(262_144)}"`);
  const outcomes = await bus.put([huge, entry('1'), huge, entry('2')]);
  expect(
    outcomes.map((outcome) => (outcome.accepted ? true : outcome.retryable ? 'again' : 'never')),
  ).toEqual(['never', true, 'never', 'again']);
  expect((sent[0]!.input['Entries'] as unknown[]).length).toBe(2);
  expect(await bus.put([huge])).toMatchObject([{ retryable: false }]);
  expect(sent).toHaveLength(1);
});

it('takes the largest result that an agent may send', async () => {
  const { bus } = busThatAnswers({ Entries: [{ EventId: '1' }] });
  expect(await bus.put([entry('x'.repeat(maxResultBytes))])).toEqual([{ accepted: true }]);
});
