import { expect, test } from 'vitest';
import type { AmiEvent } from '#core/contracts/ami-event.ts';
import { silentLogger } from '#core/ports/logger.ts';
import { OpenChannels } from '#edge-agent/events/open-channels.ts';
import { reconcile } from '#edge-agent/events/reconcile.ts';
import { manualClock } from '#test/support/manual-clock.ts';
import { memoryChannelStore } from '#test/support/memory-event-stores.ts';
import {
  channelList,
  scriptedChannelList,
  type ChannelListAnswer,
} from '#test/support/scripted-channel-list.ts';
import { timerClock } from '#test/support/timer-clock.ts';

function setUp(open: readonly string[], ...script: ChannelListAnswer[]) {
  const channels = new OpenChannels(memoryChannelStore());
  for (const Uniqueid of open) {
    channels.observe({ Event: 'Newchannel', Uniqueid, Channel: `PJSIP/${Uniqueid}`, CallerIDNum: '101' });
  }
  channels.suspectAll();
  const hangups: AmiEvent[] = [];
  const actions = scriptedChannelList(...script);
  const clock = manualClock();
  const options = {
    channels,
    actions,
    clock,
    logger: silentLogger,
    hangUp: (event: AmiEvent) => {
      hangups.push(event);
    },
  };
  const ids = () => hangups.map((event) => event['Uniqueid']);
  return { channels, actions, clock, options, hangups, ids, signal: new AbortController().signal };
}

test('a channel that is gone is hung up with all that was known of it', async () => {
  const { options, hangups, channels, signal } = setUp(['1', '2'], ['2']);
  await reconcile(options, signal);
  expect(hangups).toEqual([
    {
      Event: 'Hangup',
      Uniqueid: '1',
      Channel: 'PJSIP/1',
      CallerIDNum: '101',
      Cause: '0',
      'Cause-txt': 'Unknown',
      _synthetic: true,
    },
  ]);
  expect(Object.keys(hangups[0]!)[0]).toBe('Event');
  expect(channels.suspects()).toEqual([]);
  expect(channels.size).toBe(1);
});

test('after a restart of Asterisk all are gone', async () => {
  const { options, ids, signal } = setUp(['1', '2'], []);
  await reconcile(options, signal);
  expect(ids()).toEqual(['1', '2']);
});

test('only a whole list counts; it is asked for until it comes, ever more slowly', async () => {
  const whole = channelList(['1']);
  const { options, ids, actions, clock, signal } = setUp(
    ['1', '2'],
    new Error('AMI_NOT_CONNECTED'),
    { replies: [{ Response: 'Error', Message: 'Permission denied' }] },
    { replies: whole.slice(0, -1) },
    {
      replies: [
        ...whole.slice(0, -1),
        { Event: 'CoreShowChannelsComplete', EventList: 'Cancelled', ListItems: '1' },
      ],
    },
    { replies: [whole[0]!, whole.at(-1)!] },
    { replies: [] },
    ['1'],
  );
  await reconcile(options, signal);
  expect(actions.asked).toBe(7);
  expect(ids()).toEqual(['2']);
  expect(clock.slept.slice(0, 6)).toEqual([1000, 2000, 4000, 8000, 16000, 32000]);
});

test('a channel that begins while the list is made stays open', async () => {
  const { options, ids, actions, channels, signal } = setUp(['1'], []);
  const send = actions.send.bind(actions);
  actions.send = async (action, sendOptions) => {
    channels.observe({ Event: 'Newchannel', Uniqueid: '9' });
    return send(action, sendOptions);
  };
  await reconcile(options, signal);
  expect(ids()).toEqual(['1']);
  expect(channels.size).toBe(1);
});

test('a real Hangup that is on its way goes first', async () => {
  const { options, ids, channels, signal } = setUp(['1', '2'], []);
  const clock = timerClock();
  const done = reconcile({ ...options, clock }, signal);
  await clock.advance(500);
  expect(channels.observe({ Event: 'Hangup', Uniqueid: '1', Cause: '16' })).toBe(true);
  await clock.advance(5000);
  await done;
  expect(ids()).toEqual(['2']);
});

test('a suspect that something is heard of is not closed, whatever the list says', async () => {
  const { options, ids, channels, signal } = setUp(['1'], []);
  const clock = timerClock();
  const done = reconcile({ ...options, clock }, signal);
  await clock.advance(500);
  channels.observe({ Event: 'Newstate', Uniqueid: '1' });
  await clock.advance(5000);
  await done;
  expect(ids()).toEqual([]);
});

test('nothing is closed when the link goes down again meanwhile', async () => {
  const { options, ids, channels } = setUp(['1'], []);
  const clock = timerClock();
  const link = new AbortController();
  const done = reconcile({ ...options, clock }, link.signal);
  await clock.advance(500);
  link.abort();
  await done;
  expect(ids()).toEqual([]);
  expect(channels.suspects()).toEqual(['1']);
});

test('channels that began in the gap are known from the list on', async () => {
  const { options, channels, signal } = setUp([], ['7']);
  await reconcile(options, signal);
  expect(channels.close('7')).toEqual({ Uniqueid: '7', Channel: 'PJSIP/7' });
});
