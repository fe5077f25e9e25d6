import { expect, test } from 'vitest';
import { OpenChannels } from '#edge-agent/events/open-channels.ts';
import { memoryChannelStore } from '#test/support/memory-event-stores.ts';

function newchannel(Uniqueid: string, headers: Record<string, string> = {}) {
  return { Event: 'Newchannel', Uniqueid, Channel: `PJSIP/${Uniqueid}`, ChannelState: '0', ...headers };
}

test('the last known headers are kept, on disk too', () => {
  const store = memoryChannelStore();
  const channels = new OpenChannels(store);
  channels.observe(newchannel('1', { Timestamp: '5' }));
  channels.observe({ Event: 'Newstate', Uniqueid: '1', Channel: 'PJSIP/1', ChannelState: '6' });
  channels.observe({ Event: 'Rename', Uniqueid: '1', Channel: 'PJSIP/1', Newname: 'PJSIP/2' });
  channels.observe({ Event: 'VarSet', Uniqueid: '1', Channel: 'other' });
  const headers = { Uniqueid: '1', Channel: 'PJSIP/2', ChannelState: '6' };
  expect(store.load()).toEqual([{ uniqueid: '1', headers }]);
  expect(channels.close('1')).toEqual(headers);
});

test('a Hangup closes the channel; on disk it stays until the Hangup is safe', () => {
  const store = memoryChannelStore();
  const channels = new OpenChannels(store);
  channels.observe(newchannel('1'));
  expect(channels.observe({ Event: 'Hangup', Uniqueid: '1' })).toBe(true);
  expect(channels.size).toBe(0);
  expect(store.load()).toHaveLength(1);
  channels.forget('1');
  expect(store.load()).toHaveLength(0);
});

test('forgetting a channel that has opened again keeps it', () => {
  const store = memoryChannelStore();
  const channels = new OpenChannels(store);
  channels.observe(newchannel('1'));
  channels.observe({ Event: 'Hangup', Uniqueid: '1' });
  channels.observe(newchannel('1'));
  channels.forget('1');
  expect(store.load()).toHaveLength(1);
});

test('channels from before a restart or a gap are suspect until something is heard of them', () => {
  const store = memoryChannelStore();
  new OpenChannels(store).observe(newchannel('1'));
  const channels = new OpenChannels(store);
  channels.observe(newchannel('2'));
  expect(channels.suspects()).toEqual(['1']);
  channels.suspectAll();
  expect(channels.suspects()).toEqual(['1', '2']);
  channels.observe({ Event: 'Newstate', Uniqueid: '2' });
  expect(channels.suspects()).toEqual(['1']);
});

test('a real Hangup after ours is stopped, once; others pass', () => {
  const channels = new OpenChannels(memoryChannelStore());
  channels.observe(newchannel('1'));
  expect(channels.close('1')).toBeDefined();
  expect(channels.close('1')).toBeUndefined();
  expect(channels.observe({ Event: 'Hangup', Uniqueid: '1' })).toBe(false);
  expect(channels.observe({ Event: 'Hangup', Uniqueid: '2' })).toBe(true);
});

test('a channel that lives on after we closed it may hang up', () => {
  const channels = new OpenChannels(memoryChannelStore());
  channels.observe(newchannel('1'));
  channels.close('1');
  channels.observe({ Event: 'Newstate', Uniqueid: '1' });
  expect(channels.observe({ Event: 'Hangup', Uniqueid: '1' })).toBe(true);
});

test('a list entry is adopted without what belongs to the list, but brings nothing back to life', () => {
  const store = memoryChannelStore();
  const channels = new OpenChannels(store);
  channels.observe(newchannel('1'));
  channels.observe({ Event: 'Hangup', Uniqueid: '1' });
  channels.adopt({ Event: 'CoreShowChannel', ActionID: 'x', Uniqueid: '1' });
  channels.adopt({
    Event: 'CoreShowChannel',
    ActionID: 'x',
    Uniqueid: '2',
    Channel: 'A',
    Duration: '00:00:01',
  });
  expect(channels.size).toBe(1);
  expect(channels.close('2')).toEqual({ Uniqueid: '2', Channel: 'A' });
});
