import { describe, expect, test } from 'vitest';
import { silentLogger } from '#core/ports/logger.ts';
import type { InboxMessage, MessageOutcome } from '#core/ports/inbox.ts';
import { systemClock } from '#edge-agent/system-clock.ts';
import { createRouteLoop } from '#standalone/route-loop.ts';
import { openStore } from '#standalone/store/store.ts';
import { eventually } from '#test/support/trial-system.ts';

function entry(n: number, detailType: 'ami.batch.v1' | 'agent.status.v1' = 'ami.batch.v1') {
  return { source: 'pbx.home_pbx', detailType, detail: JSON.stringify({ n }) };
}

const numberOf = (message: InboxMessage) => (message.event.detail as { n: number }).n;

function start(route: (messages: readonly InboxMessage[]) => Promise<MessageOutcome[]>) {
  const { inbox } = openStore(':memory:', systemClock);
  const clock = systemClock;
  const loop = createRouteLoop({ inbox, route, clock, logger: silentLogger, maxRetrySeconds: 0.05 });
  loop.start();
  return { inbox, stop: () => loop.stop({ drainMs: 1000 }) };
}

describe('route loop', () => {
  test('brings everything in order, and waits no longer than it may after a failure', async () => {
    const seen: number[] = [];
    let failures = 3;
    const { inbox, stop } = start(async (messages) =>
      messages.map((message): MessageOutcome => {
        const { id } = message;
        if (failures > 0 || seen.length !== numberOf(message) - 1) {
          failures -= 1;
          return { id, outcome: 'retry', afterSeconds: 900, code: 'ODOO_UNREACHABLE', message: '' };
        }
        seen.push(numberOf(message));
        return { id, outcome: 'done' };
      }),
    );
    for (let n = 1; n <= 25; n++) inbox.put([entry(n)]);
    await eventually('all of them', () => seen.length === 25);
    expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
    expect(inbox.stats().waiting).toBe(0);
    await stop();
  });

  test('a status does not wait behind events that Odoo can not take', async () => {
    const statuses: number[] = [];
    const { inbox, stop } = start(async (messages) =>
      messages.map((message): MessageOutcome => {
        const { id, event } = message;
        if (event['detail-type'] === 'agent.status.v1') {
          statuses.push(numberOf(message));
          return { id, outcome: 'done' };
        }
        return { id, outcome: 'retry', afterSeconds: 900, code: 'ODOO_UNREACHABLE', message: '' };
      }),
    );
    inbox.put([entry(1), entry(2, 'agent.status.v1')]);
    await eventually('the status', () => statuses.length === 1);
    expect(inbox.stats().waiting).toBe(1);
    await stop();
  });

  test('stops with a message on its way: it is settled before', async () => {
    const begun = Promise.withResolvers<void>();
    const { inbox, stop } = start(async (messages) => {
      begun.resolve();
      await systemClock.sleep(30);
      return messages.map(({ id }) => ({ id, outcome: 'done' }));
    });
    inbox.put([entry(1)]);
    await begun.promise;
    await stop();
    expect(inbox.stats().waiting).toBe(0);
  });
});
