import { expect, it } from 'vitest';
import { answerEvent } from '#lambdas/console-relay/answer-event.ts';
import { silentLogger } from '#core/ports/logger.ts';
import type { ConsoleRelay } from '#lambdas/console-relay/relay.ts';
import { recordingLogger } from '#test/support/recording-logger.ts';

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
    answerEvent(eventOf('CONNECT', { queryStringParameters }), relay, silentLogger);
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
  await answerEvent(eventOf('MESSAGE', { body: '{"v":1}' }), relay, silentLogger);
  await answerEvent(eventOf('MESSAGE'), relay, silentLogger);
  await answerEvent(eventOf('DISCONNECT'), relay, silentLogger);
  expect(asked).toEqual([
    ['message', 'c1', '{"v":1}'],
    ['message', 'c1', ''],
    ['disconnect', 'c1'],
  ]);
});

it('sweeps when the schedule says so', async () => {
  const { relay, asked } = recordingRelay();
  await answerEvent({ sweep: true }, relay, silentLogger);
  expect(asked).toEqual([['sweep']]);
});

it('rejects what no gateway sends', async () => {
  const { relay, asked } = recordingRelay();
  for (const event of [null, {}, { sweep: 1 }, eventOf('OTHER')]) {
    await expect(answerEvent(event, relay, silentLogger)).rejects.toMatchObject({ code: 'MESSAGE_INVALID' });
  }
  expect(asked).toEqual([]);
});

it('writes down from where a connection came that is refused, and not its ticket', async () => {
  const { relay } = recordingRelay();
  const logger = recordingLogger();
  const requestContext = { connectionId: 'c1', eventType: 'CONNECT', identity: { sourceIp: '192.0.2.9' } };
  await answerEvent({ requestContext, queryStringParameters: { ticket: 'guessed' } }, relay, logger);
  expect(logger.at('warn')).toEqual([{ message: 'a connection is refused', status: 403, ip: '192.0.2.9' }]);
});
