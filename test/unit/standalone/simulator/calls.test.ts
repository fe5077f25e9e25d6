import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLogger } from '#core/ports/logger.ts';
import { createPbxSimulator, type PbxSimulator } from '#standalone/simulator/ami-server.ts';
import { drawScenario, playCall, type CallScenario } from '#standalone/simulator/call-scenario.ts';
import { systemClock } from '#edge-agent/system-clock.ts';
import { AmiConversation, type Message } from '#test/support/ami-conversation.ts';

let simulator: PbxSimulator;
let ami: AmiConversation;

beforeEach(async () => {
  simulator = createPbxSimulator(
    { callsPerMinute: 0, speed: 200, users: [{ username: 'a', secret: 'b', read: 'all', write: 'all' }] },
    { clock: systemClock, logger: silentLogger },
  );
  await simulator.start();
  ami = await AmiConversation.open(simulator.port);
  await ami.login('a', 'b');
  await ami.until((message) => message['Event'] === 'FullyBooted');
  ami.messages.length = 0;
});

afterEach(async () => {
  ami.close();
  await simulator.stop();
});

const scenario = (outcome: CallScenario['plan']['outcome']): CallScenario => ({
  direction: 'inbound',
  from: { number: '+12025550148', name: 'Initech' },
  to: '1001',
  plan: { outcome, ringMs: 1000, talkMs: 4000 },
  patienceMs: null,
  recorded: outcome === 'answered',
});

async function played(call: CallScenario): Promise<Message[]> {
  await playCall(simulator.pbx, call);
  await ami.ask({ Action: 'Ping' });
  return ami.messages.filter((message) => 'Event' in message);
}

const draw = (pbx: PbxSimulator['pbx']) => Array.from({ length: 20 }, () => drawScenario(pbx));
const names = (events: Message[]) => events.map((event) => event['Event']);

describe('a call that begins by itself', () => {
  test('answered: the sequence, the flood of VarSet and the Cdr of a real one', async () => {
    const events = await played(scenario('answered'));
    const flood = events.filter((event) => event['Event'] === 'VarSet').length / events.length;
    expect(events.length).toBeGreaterThan(200);
    expect(events.length).toBeLessThan(280);
    expect(flood).toBeGreaterThan(0.66);
    expect(flood).toBeLessThan(0.78);
    const order = ['Newchannel', 'DialBegin', 'DialState', 'DialEnd', 'BridgeCreate', 'BridgeEnter'];
    const positions = [...order, 'BridgeLeave', 'Hangup'].map((name) => names(events).indexOf(name));
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
    expect(names(events).filter((name) => name === 'Hangup')).toHaveLength(2);
    const cdr = events.find((event) => event['Event'] === 'Cdr');
    expect(cdr).toMatchObject({
      Source: '+12025550148',
      Destination: '1001',
      Disposition: 'ANSWERED',
      CallerID: '"Initech" <+12025550148>',
    });
    expect(Number(cdr?.['BillableSeconds'])).toBeGreaterThanOrEqual(3);
    expect(simulator.pbx.channels.size).toBe(0);
  });

  test('writes the times of its Cdr in the zone of the PBX', async () => {
    const events = await played(scenario('answered'));
    const cdr = events.find((event) => event['Event'] === 'Cdr');
    const end = Date.parse(`${cdr?.['EndTime']?.replace(' ', 'T')}-04:00`);
    expect(Math.abs(end - Date.now())).toBeLessThan(60_000);
  });

  test.each([
    ['busy', 'BUSY', 'BUSY', '17'],
    ['unanswered', 'NOANSWER', 'NO ANSWER', '19'],
  ] as const)('%s', async (outcome, dialStatus, disposition, cause) => {
    const events = await played(scenario(outcome));
    expect(events.find((event) => event['Event'] === 'DialEnd')?.['DialStatus']).toBe(dialStatus);
    expect(events.find((event) => event['Event'] === 'Cdr')).toMatchObject({
      Disposition: disposition,
      AnswerTime: '',
      BillableSeconds: '0',
    });
    expect(events.filter((event) => event['Event'] === 'Hangup').map((event) => event['Cause'])).toEqual([
      cause,
      cause,
    ]);
  });

  test('given up by the caller: DialEnd says CANCEL', async () => {
    const events = await played({ ...scenario('unanswered'), patienceMs: 800 });
    expect(events.find((event) => event['Event'] === 'DialEnd')?.['DialStatus']).toBe('CANCEL');
  });

  test('the same seed draws the same calls', () => {
    const other = createPbxSimulator({ users: [] }, { clock: systemClock, logger: silentLogger });
    const drawn = draw(simulator.pbx);
    expect(draw(other.pbx)).toEqual(drawn);
    expect(new Set(drawn.map((call) => call?.plan.outcome)).size).toBeGreaterThan(1);
  });
});

describe('Originate', () => {
  const to = { Context: 'internal', Exten: '1002', Priority: '1' };

  test.each([
    ['PJSIP/1001', 'Success', '4'],
    ['PJSIP/1004', 'Failure', '5'],
    ['PJSIP/1005', 'Failure', '3'],
    ['PJSIP/1006', 'Failure', '0'],
    ['PJSIP/nosuch', 'Failure', '0'],
    ['Local/1001@internal', 'Success', '4'],
    ['Local/1004@internal', 'Failure', '5'],
    ['Local/nosuch@internal', 'Failure', '0'],
  ])('asynchronously to %s: %s, reason %s', async (channel, response, reason) => {
    const action = { Action: 'Originate', Channel: channel, ...to, Timeout: '9000', ChannelId: 'mine' };
    const queued = await ami.ask({ ...action, Async: 'true', Variable: ['A=1', 'B=2=3'] });
    expect(queued['Message']).toBe('Originate successfully queued');
    const answer = await ami.until((message) => message['Event'] === 'OriginateResponse');
    expect(answer).toMatchObject({ Response: response, Reason: reason, Uniqueid: 'mine', Exten: '1002' });
    expect(answer['ActionID']).toBe(queued['ActionID']);
    if (channel === 'PJSIP/1001') {
      const variables = ami.events('VarSet').map((event) => `${event['Variable']}=${event['Value']}`);
      expect(variables).toEqual(expect.arrayContaining(['A=1', 'B=2=3']));
    }
  });

  test('synchronously: says only whether, and holds the events of its session meanwhile', async () => {
    const other = await AmiConversation.open(simulator.port);
    await other.login('a', 'b');
    ami.send({ Action: 'Originate', ActionID: 'sync', Channel: 'PJSIP/1001', ...to });
    await other.until((message) => message['Event'] === 'Newstate');
    expect(ami.messages).toEqual([]);
    await ami.until((message) => message['ActionID'] === 'sync');
    expect(ami.messages[0]).toMatchObject({
      Response: 'Success',
      Message: 'Originate successfully queued',
    });
    await ami.until((message) => message['Event'] === 'Newchannel');
    const failed = await ami.ask({ Action: 'Originate', Channel: 'PJSIP/1004', ...to });
    expect(failed).toMatchObject({ Response: 'Error', Message: 'Originate failed' });
    other.close();
  });

  test('checks its arguments as Asterisk does', async () => {
    const answers = await Promise.all([
      ami.ask({ Action: 'Originate', Exten: '1' }),
      ami.ask({ Action: 'Originate', Channel: 'PJSIP/1001', Exten: '1' }),
      ami.ask({ Action: 'Originate', Channel: 'PJSIP1001', ...to }),
      ami.ask({ Action: 'Originate', Channel: 'PJSIP/1001', ...to, Timeout: 'soon' }),
    ]);
    expect(answers.map((answer) => answer['Message'])).toEqual([
      'Channel not specified',
      "Originate with 'Exten' requires 'Context' and 'Priority'",
      'Invalid channel',
      'Invalid timeout',
    ]);
  });

  test('the call shows in CoreShowChannels and Status, and Hangup ends it', async () => {
    await ami.ask({ Action: 'Originate', Channel: 'PJSIP/1001', Application: 'Echo', ChannelId: 'call-1' });
    const started = await ami.ask({ Action: 'CoreShowChannels' });
    expect(started).toMatchObject({ EventList: 'start', Message: 'Channels will follow' });
    const shown = await ami.until((message) => message['Event'] === 'CoreShowChannel');
    expect(shown).toMatchObject({ Uniqueid: 'call-1', Application: 'Echo', ChannelStateDesc: 'Up' });
    const complete = await ami.until((message) => message['Event'] === 'CoreShowChannelsComplete');
    expect(complete).toMatchObject({ EventList: 'Complete', ListItems: '1' });
    await ami.ask({ Action: 'Status', Channel: 'call-1' });
    await ami.until((message) => message['Event'] === 'StatusComplete' && message['Items'] === '1');
    expect((await ami.ask({ Action: 'Hangup', Channel: 'call-1' }))['Message']).toBe('Channel Hungup');
    const gone = await ami.until((message) => message['Event'] === 'Hangup');
    expect(gone).toMatchObject({ Uniqueid: 'call-1', Cause: '16', 'Cause-txt': 'Normal Clearing' });
    expect((await ami.ask({ Action: 'Hangup', Channel: 'call-1' }))['Message']).toBe('No such channel');
  });
});
