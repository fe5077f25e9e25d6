import { afterEach, describe, expect, test } from 'vitest';
import { playCall, type CallScenario } from '#standalone/simulator/call-scenario.ts';
import { eventually, startTrial, type Trial } from '#test/support/trial-system.ts';

let trial: Trial;

afterEach(async () => {
  await trial.stop();
});

const scenario: CallScenario = {
  direction: 'inbound',
  from: { number: '+12025550148', name: 'Initech' },
  to: '1001',
  plan: { outcome: 'answered', ringMs: 1000, talkMs: 4000 },
  patienceMs: null,
  recorded: false,
};

const calls = () => trial.odoo.env.tables.calls.all();

async function rulesArrived(): Promise<void> {
  await eventually('the rules', () => trial.system.agent.status().rulesVersion !== null);
}

/** One call after the other, told apart by the caller's number; returns the numbers. */
async function playCalls(from: number, count: number): Promise<string[]> {
  const numbers: string[] = [];
  for (let index = 0; index < count; index++) {
    const number = `+1202555${String(from + index).padStart(4, '0')}`;
    numbers.push(number);
    await playCall(trial.simulator.pbx, { ...scenario, from: { number, name: '' } });
  }
  return numbers;
}

describe('events into Odoo', () => {
  test('a call becomes one record with its times in UTC, and its channels end', async () => {
    trial = await startTrial();
    await rulesArrived();
    await playCall(trial.simulator.pbx, scenario);
    const [record] = await eventually('the record', () => calls().length > 0 && calls());
    expect(record).toMatchObject({ src: '+12025550148', dst: '1001', disposition: 'ANSWERED' });
    const ended = Date.parse(`${String(record!['ended']).replace(' ', 'T')}Z`);
    expect(Math.abs(ended - Date.now())).toBeLessThan(60_000);
    const channels = () => trial.odoo.env.tables.channels.all();
    await eventually('the channels', () => channels().filter((c) => c['is_active'] === false).length === 2);
    // Floods stay at home: of some 240 events a handful left the PBX, and no VarSet among them.
    expect(trial.system.agent.status().counts.matched).toBeLessThan(12);
    const names = trial.handled.map((call) => (call.argument as { Event?: string }).Event);
    expect(new Set(names)).toEqual(new Set(['Newchannel', 'Newstate', 'Hangup', 'Cdr']));
  });

  test('rules of the configuration work in an Odoo that has the addon, too', async () => {
    const rule = { id: 'local-cdr', name: 'Cdr', model: 'asterisk_calls.call', method: 'create_cdr' };
    trial = await startTrial({}, { rules: [rule] });
    await rulesArrived();
    await playCall(trial.simulator.pbx, scenario);
    const [record] = await eventually('the record', () => calls().length > 0 && calls());
    expect(record).toMatchObject({ src: '+12025550148', disposition: 'ANSWERED' });
    expect(calls()).toHaveLength(1);
  });

  test('a rule enabled in Odoo takes effect with no restart, and one disabled stops', async () => {
    trial = await startTrial();
    await rulesArrived();
    const before = trial.system.agent.status().rulesVersion;
    const write = (id: number, is_enabled: boolean) =>
      trial.system.odoo.client.callMethod('asterisk_plus.event', 'write', [[id], { is_enabled }]);
    await write(7, true);
    const second = await eventually('new rules', () => {
      const { rulesVersion } = trial.system.agent.status();
      return rulesVersion !== null && rulesVersion !== before && rulesVersion;
    });
    await playCall(trial.simulator.pbx, { ...scenario, recorded: true });
    const answered = () => trial.handled.filter((call) => call.method === 'on_user_event_set_answered');
    await eventually('the user event', () => answered().length === 1);
    await write(7, false);
    await eventually('the rules again', () => {
      const { rulesVersion } = trial.system.agent.status();
      return rulesVersion !== null && rulesVersion !== second;
    });
    await playCall(trial.simulator.pbx, { ...scenario, recorded: true });
    await eventually('the second call', () => calls().length === 2);
    expect(answered()).toHaveLength(1);
  });

  test('a handler that always fails is kept with its traceback; everything else arrives', async () => {
    trial = await startTrial();
    await rulesArrived();
    await trial.system.odoo.client.callMethod('asterisk_plus.event', 'write', [[9], { is_enabled: true }]);
    await eventually('the rules', async () => {
      const page = await trial.system.odoo.rules.page(0);
      return trial.system.agent.status().rulesVersion === page.version;
    });
    await playCall(trial.simulator.pbx, { ...scenario, plan: { ...scenario.plan, outcome: 'busy' } });
    await eventually('the record', () => calls().length === 1);
    const failures = () => trial.odoo.env.tables.failures.all();
    await eventually('the failure', () => failures().length === 1);
    expect(failures()[0]?.['traceback']).toContain('UserError');
    expect(trial.system.store.inbox.stats().parked).toBe(0);
  });
});

describe('when something is away', () => {
  test('Odoo stopped under traffic: nothing lost, the order kept, nothing twice', async () => {
    trial = await startTrial();
    await rulesArrived();
    const numbers = await playCalls(0, 2);
    await eventually('the first calls', () => calls().length === 2);
    await trial.odoo.stop();
    numbers.push(...(await playCalls(2, 6)));
    await eventually('a backlog', () => trial.system.store.inbox.stats().retry !== null);
    expect(calls()).toHaveLength(2);
    await trial.odoo.start();
    numbers.push(...(await playCalls(8, 2)));
    await eventually('all calls', () => calls().length >= numbers.length);
    expect(calls().map((call) => call['src'])).toEqual(numbers);
    const uniqueids = calls().map((call) => call['uniqueid']);
    expect(new Set(uniqueids).size).toBe(numbers.length);
  }, 40_000);

  test('the system restarted while Odoo is away: what was accepted arrives, once and in order', async () => {
    trial = await startTrial();
    await rulesArrived();
    await trial.odoo.stop();
    const numbers = await playCalls(0, 3);
    await eventually('a backlog', () => trial.system.store.inbox.stats().waiting > 0);
    await trial.restart({ drainMs: 0 });
    await eventually('the link', () => trial.system.agent.status().ami.state === 'connected');
    numbers.push(...(await playCalls(3, 2)));
    await trial.odoo.start();
    await eventually('all calls', () => calls().length >= numbers.length);
    expect(calls().map((call) => call['src'])).toEqual(numbers);
  }, 40_000);

  test('the AMI sessions cut in the middle of a call: its channels are closed after the gap', async () => {
    trial = await startTrial({ speed: 5 });
    await rulesArrived();
    const playing = playCall(trial.simulator.pbx, scenario);
    const channels = () => trial.odoo.env.tables.channels.all();
    await eventually('both channels', () => channels().length === 2);
    // Gone while nobody listens: the real Hangup is never heard.
    trial.simulator.dropSessions();
    for (const channel of trial.simulator.pbx.channels.values()) channel.requestHangup(16);
    await playing;
    await eventually('their end', () => channels().every((channel) => channel['is_active'] === false));
  }, 40_000);
});

describe('jobs from Odoo', () => {
  const originate = (channel: string, extra = {}) => ({
    fun: 'asterisk.manager_action',
    args: [{ Action: 'Originate', Channel: channel, Context: 'internal', Exten: '1002', Priority: '1' }],
    res_model: 'asterisk_plus.server',
    res_method: 'originate_call_response',
    pass_back: { uid: 7 },
    callback_style: 'positional',
    ...extra,
  });
  const callbacks = () => trial.odoo.env.tables.callbacks.all();
  const notifications = () => trial.odoo.env.tables.notifications.all();

  async function online(): Promise<void> {
    await eventually('the agent', async () => {
      const record = await trial.system.store.directory.find('home_pbx');
      return trial.system.agent.status().ami.state === 'connected' && record?.lastSeen !== null;
    });
  }

  test('an Originate rings a channel, and the callback hears Success', async () => {
    trial = await startTrial();
    await online();
    const response = await trial.postJob(originate('PJSIP/1001'));
    expect(response.status).toBe(202);
    await eventually('the callback', () => callbacks().length === 1);
    expect(callbacks()[0]).toMatchObject({ response: 'Success', pass_back: '{"uid":7}' });
    await eventually('the call', () => calls().length === 1);
  });

  test.each([
    ['busy', 'PJSIP/1004'],
    ['unknown', 'PJSIP/nosuch'],
  ])('an Originate to a phone that is %s notifies the user', async (_, channel) => {
    trial = await startTrial();
    await online();
    await trial.postJob(originate(channel, { res_notify_uid: 5, res_notify_title: 'Call' }));
    await eventually('the callback', () => callbacks().length === 1);
    expect(callbacks()[0]?.['response']).toBe('Error');
    const told = notifications().find((notification) => notification['uid'] === 5);
    expect(told).toMatchObject({ title: 'Call', warning: true });
    expect(String(told!['message'])).not.toBe('');
  });

  test('what the policy does not allow is refused, and the callback says so', async () => {
    trial = await startTrial();
    await online();
    const job = originate('PJSIP/1001');
    await trial.postJob({ ...job, args: [{ Action: 'Command', Command: 'core stop now' }] });
    await eventually('the callback', () => callbacks().length === 1);
    expect(callbacks()[0]?.['response']).toBe('Error');
  });

  test('a job sent twice with one idempotency key dials once', async () => {
    trial = await startTrial();
    await online();
    const headers = { 'idempotency-key': 'order-17' };
    const ids = await Promise.all(
      [0, 1].map(async (): Promise<unknown> =>
        (await trial.postJob(originate('PJSIP/1001'), headers)).json(),
      ),
    );
    expect(ids[0]).toEqual(ids[1]);
    await eventually('the callback', () => callbacks().length > 0);
    await eventually('the call', () => calls().length === 1);
    expect(trial.simulator.pbx.callsProcessed).toBe(1);
    expect(callbacks()).toHaveLength(1);
  });

  test('a webhook of Odoo rings the phone that the configuration names', async () => {
    const keys = [{ secret: 'a-door-key-of-the-tests' }];
    const webhook = { phoneFields: ['mobile', 'phone'], extension: '1001', context: 'internal' };
    trial = await startTrial({}, { door: { port: 1, keys, webhook } });
    await rulesArrived();
    const post = (key: string) =>
      fetch(`http://127.0.0.1:${trial.system.doorPort}/webhook/${key}`, {
        method: 'POST',
        body: JSON.stringify({ _model: 'res.partner', _id: 7, mobile: false, phone: '+1 202 555-0148' }),
      });
    expect((await post('not-the-key')).status).toBe(401);
    expect((await post(trial.doorKey)).status).toBe(202);
    await eventually('the record', () => calls().some((call) => call['dst'] === '+12025550148'));
  });

  test('the door refuses strangers in words', async () => {
    trial = await startTrial();
    const refused = await trial.postJob(originate('PJSIP/1001'), { 'x-api-key': 'wrong' });
    expect([refused.status, await refused.text()]).toEqual([401, 'The API key is not known.']);
    const huge = await trial.postJob({ fun: 'test.ping', args: ['x'.repeat(2_000_000)] });
    expect(huge.status).toBe(413);
    expect((await fetch(`http://127.0.0.1:${trial.system.doorPort}/health`)).status).toBe(200);
  });
});
