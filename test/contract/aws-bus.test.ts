import { createEventBridgeBus } from '#aws/event-bridge-bus.ts';
import { awsError, scriptedAwsClient } from '#test/support/scripted-aws-client.ts';
import { describeBus } from './bus.ts';

describeBus('EventBridge, scripted', () => {
  const accepted: string[] = [];
  let down = false;
  const { client } = scriptedAwsClient(({ input }) => {
    if (down) return awsError('TimeoutError');
    const entries = input['Entries'] as { Detail: string }[];
    accepted.push(...entries.map(({ Detail }) => Detail));
    return { Entries: entries.map((_, at) => ({ EventId: String(at) })) };
  });
  return {
    bus: createEventBridgeBus({ client, bus: 'odoopbx' }),
    accepted: () => accepted,
    fail: () => void (down = true),
  };
});
