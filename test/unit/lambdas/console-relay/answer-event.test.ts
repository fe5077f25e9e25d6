import { expect, it } from 'vitest';
import { answerEvent } from '#lambdas/console-relay/answer-event.ts';
import type { ConsoleRelay } from '#lambdas/console-relay/relay.ts';

function recordingRelay(): { relay: ConsoleRelay; asked: unknown[] } {
  const asked: unknown[] = [];
  const note = async (...args: unknown[]): Promise<void> => void asked.push(args);
  return {
    asked,
    relay: {
      async connect(connection, ticket) {
        await note('connect', connection, ticket);
        return ticket === 'good' ? 200 : 403;
      },
      message: (...args) => note('message', ...args),
      disconnect: (...args) => note('disconnect', ...args),
      async sweep() {
        await note('sweep');
        return 0;
      },
    },
  };
}

const eventOf = (eventType: string, more: object = {}) => ({
  requestContext: { connectionId: 'c1', eventType, routeKey: '$default' },
  ...more,
});

it('answers the handshake by its ticket', async () => {
  const { relay, asked } = recordingRelay();
  const connect = (queryStringParameters?: object | null) =>
    answerEvent(eventOf('CONNECT', { queryStringParameters }), relay);
  expect(await connect({ ticket: 'good' })).toEqual({ statusCode: 200 });
  expect(await connect({ ticket: 'bad' })).toEqual({ statusCode: 403 });
  await connect(null);
  expect(asked).toEqual([
    ['connect', 'c1', 'good'],
    ['connect', 'c1', 'bad'],
    ['connect', 'c1', undefined],
  ]);
});

it('hands on messages and the end of a connection', async () => {
  const { relay, asked } = recordingRelay();
  await answerEvent(eventOf('MESSAGE', { body: '{"v":1}' }), relay);
  await answerEvent(eventOf('MESSAGE'), relay);
  await answerEvent(eventOf('DISCONNECT'), relay);
  expect(asked).toEqual([
    ['message', 'c1', '{"v":1}'],
    ['message', 'c1', ''],
    ['disconnect', 'c1'],
  ]);
});

it('sweeps when the schedule says so', async () => {
  const { relay, asked } = recordingRelay();
  await answerEvent({ sweep: true }, relay);
  expect(asked).toEqual([['sweep']]);
});

it('rejects what no gateway sends', async () => {
  const { relay, asked } = recordingRelay();
  for (const event of [null, {}, { sweep: 1 }, eventOf('OTHER')]) {
    await expect(answerEvent(event, relay)).rejects.toMatchObject({ code: 'MESSAGE_INVALID' });
  }
  expect(asked).toEqual([]);
});
