import { expect, test } from 'vitest';
import type { CdrStore } from '#core/ports/cdr-store.ts';
import type { ChannelStore } from '#core/ports/channel-store.ts';

export interface EventStores {
  channelStore: ChannelStore;
  cdrStore: CdrStore;
}

/** What every ChannelStore and CdrStore does. `reopen` gives the stores as the next process finds them. */
export function eventStoresContract(
  open: () => EventStores,
  reopen: (stores: EventStores) => EventStores,
): void {
  const headers = { Uniqueid: '1', Channel: 'PJSIP/ü', ChanVariable: ['a=1', 'b=2'] };

  test('channels outlive the process, with their last headers', () => {
    const stores = open();
    expect(stores.channelStore.load()).toEqual([]);
    stores.channelStore.put({ uniqueid: '1', headers: { Uniqueid: '1' } });
    stores.channelStore.put({ uniqueid: '2', headers: { Uniqueid: '2' } });
    stores.channelStore.put({ uniqueid: '1', headers });
    stores.channelStore.remove('2');
    stores.channelStore.remove('unknown');
    expect(reopen(stores).channelStore.load()).toEqual([{ uniqueid: '1', headers }]);
  });

  test('a channel that opens again after its removal is there', () => {
    const stores = open();
    stores.channelStore.put({ uniqueid: '1', headers: {} });
    stores.channelStore.remove('1');
    stores.channelStore.put({ uniqueid: '1', headers });
    expect(reopen(stores).channelStore.load()).toEqual([{ uniqueid: '1', headers }]);
  });

  test('the last sign of life', () => {
    const stores = open();
    expect(stores.channelStore.aliveAt()).toBeNull();
    stores.channelStore.markAlive(1000);
    stores.channelStore.markAlive(2500);
    expect(stores.channelStore.aliveAt()).toBe(2500);
    expect(reopen(stores).channelStore.aliveAt()).toBe(2500);
  });

  test('the position in the CDR file', () => {
    const stores = open();
    expect(stores.cdrStore.position()).toBeNull();
    stores.cdrStore.savePosition({ offset: 10, file: '7' });
    stores.cdrStore.savePosition({ offset: 20, file: '8' });
    expect(stores.cdrStore.position()).toEqual({ offset: 20, file: '8' });
    expect(reopen(stores).cdrStore.position()).toEqual({ offset: 20, file: '8' });
  });

  test('Cdrs that were seen, until they are forgotten', () => {
    const stores = open();
    stores.cdrStore.addSeen('old', 100);
    stores.cdrStore.addSeen('new', 200);
    expect(stores.cdrStore.hasSeen('old')).toBe(true);
    expect(stores.cdrStore.hasSeen('other')).toBe(false);
    stores.cdrStore.forgetSeen(150);
    for (const { cdrStore } of [stores, reopen(stores)]) {
      expect(cdrStore.hasSeen('old')).toBe(false);
      expect(cdrStore.hasSeen('new')).toBe(true);
    }
  });
}
