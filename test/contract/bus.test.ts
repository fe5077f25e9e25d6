import { createInboxBus } from '#standalone/store/inbox-bus.ts';
import { openStore } from '#standalone/store/store.ts';
import { systemClock } from '#edge-agent/system-clock.ts';
import { FakeBus } from '#test/support/fake-bus.ts';
import { describeBus } from './bus.ts';

describeBus('in memory', () => {
  const bus = new FakeBus();
  return {
    bus,
    accepted: () => bus.accepted.map(({ detail }) => detail),
    fail: () => void (bus.down = true),
  };
});

describeBus('the inbox of standalone', () => {
  const store = openStore(':memory:', systemClock);
  return {
    bus: createInboxBus(store.inbox),
    accepted: () => store.inbox.take('delivery', 100).map(({ event }) => JSON.stringify(event.detail)),
    fail: () => store.close(),
  };
});
