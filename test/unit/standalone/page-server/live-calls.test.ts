import { expect, test } from 'vitest';
import { LiveCalls } from '#standalone/page-server/live-calls.ts';

const caller = { Uniqueid: 'a', Linkedid: 'a', CallerIDNum: '+1', CallerIDName: 'Zoë', Exten: '1001' };
const callee = { Uniqueid: 'b', Linkedid: 'a', CallerIDNum: '1001', CallerIDName: 'Alice', Exten: 's' };

test('a call rings, is up when both sides are, and ends with its last channel', () => {
  const calls = new LiveCalls();
  calls.hear({ Event: 'Newchannel', ChannelStateDesc: 'Ring', ...caller }, 1000);
  calls.hear({ Event: 'Newchannel', ChannelStateDesc: 'Down', ...callee }, 1100);
  expect(calls.list()).toMatchObject([
    { id: 'a', from: '+1', fromName: 'Zoë', to: '1001', state: 'ringing', startedAt: 1000, channels: 2 },
  ]);
  calls.hear({ Event: 'Newstate', ChannelStateDesc: 'Up', ...callee }, 2000);
  expect(calls.list()[0]?.state).toBe('ringing');
  calls.hear({ Event: 'Newstate', ChannelStateDesc: 'Up', ...caller }, 2100);
  expect(calls.list()[0]).toMatchObject({ state: 'up', answeredAt: 2100 });
  calls.hear({ Event: 'Hangup', 'Cause-txt': 'Normal Clearing', ...callee }, 5000);
  expect(calls.list()[0]?.state).toBe('up');
  calls.hear({ Event: 'Hangup', 'Cause-txt': 'Normal Clearing', ...caller }, 5100);
  expect(calls.list()[0]).toMatchObject({ state: 'ended', endedAt: 5100, cause: 'Normal Clearing' });
  expect(calls.flush(5200)).toHaveLength(1);
  expect(calls.flush(5300)).toBeUndefined();
  expect(calls.flush(30_000)).toEqual([]);
});

test('a hang-up of a call that was never seen makes none, and the number of calls is bounded', () => {
  const calls = new LiveCalls();
  calls.hear({ Event: 'Hangup', ...caller }, 1000);
  expect(calls.list()).toEqual([]);
  for (let n = 0; n < 500; n++) {
    calls.hear({ Event: 'Newchannel', ChannelStateDesc: 'Ring', Uniqueid: `u${n}`, Linkedid: `u${n}` }, n);
  }
  expect(calls.list()).toHaveLength(50);
  expect(calls.list()[0]?.id).toBe('u499');
});
