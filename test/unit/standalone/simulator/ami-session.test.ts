import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLogger } from '#core/ports/logger.ts';
import { createPbxSimulator, type PbxSimulator } from '#standalone/simulator/ami-server.ts';
import { systemClock } from '#edge-agent/system-clock.ts';
import { AmiConversation } from '#test/support/ami-conversation.ts';

let simulator: PbxSimulator;
const open: AmiConversation[] = [];

function named(session: AmiConversation) {
  return session.messages.filter((message) => 'Event' in message);
}

async function talk(): Promise<AmiConversation> {
  const conversation = await AmiConversation.open(simulator.port);
  open.push(conversation);
  return conversation;
}

beforeEach(async () => {
  simulator = createPbxSimulator(
    {
      callsPerMinute: 0,
      speed: 200,
      loginPenaltyMs: 5,
      users: [
        { username: 'admin', secret: 's3cret', read: 'all', write: 'all' },
        { username: 'cdr', secret: 'x', read: 'cdr', write: 'call' },
      ],
    },
    { clock: systemClock, logger: silentLogger },
  );
  await simulator.start();
});

afterEach(async () => {
  for (const conversation of open.splice(0)) conversation.close();
  await simulator.stop();
});

describe('login', () => {
  test('greets with a banner, takes the secret and says that it is booted', async () => {
    const ami = await talk();
    const answer = await ami.login('admin', 's3cret');
    expect(ami.banner).toBe('Asterisk Call Manager/11.0.0');
    expect(answer).toMatchObject({ Response: 'Success', Message: 'Authentication accepted' });
    const booted = await ami.until((message) => message['Event'] === 'FullyBooted');
    expect(booted['Status']).toBe('Fully Booted');
  });

  test('takes the MD5 of challenge and secret, in lowercase hex alone', async () => {
    for (const [change, response] of [
      [(key: string) => key, 'Success'],
      [(key: string) => key.toUpperCase(), 'Error'],
    ] as const) {
      const ami = await talk();
      const { Challenge } = await ami.ask({ Action: 'Challenge', AuthType: 'MD5' });
      const key = createHash('md5').update(`${Challenge}s3cret`).digest('hex');
      const answer = await ami.ask({ Action: 'Login', AuthType: 'MD5', Username: 'admin', Key: change(key) });
      expect(answer['Response']).toBe(response);
    }
  });

  test('refuses a wrong secret and closes', async () => {
    const ami = await talk();
    const answer = await ami.login('admin', 'wrong');
    expect(answer).toMatchObject({ Response: 'Error', Message: 'Authentication failed' });
    await ami.untilClosed();
  });

  test('lets nothing be done before it', async () => {
    const ami = await talk();
    expect(await ami.ask({ Action: 'Ping' })).toMatchObject({
      Response: 'Error',
      Message: 'Permission denied',
    });
  });
});

describe('actions', () => {
  test('answers Ping, CoreSettings and Logoff', async () => {
    const ami = await talk();
    await ami.login('admin', 's3cret');
    expect((await ami.ask({ Action: 'Ping' }))['Ping']).toBe('Pong');
    expect((await ami.ask({ action: 'coresettings' }))['AsteriskVersion']).toMatch(/^22\./);
    expect((await ami.ask({ Action: 'Logoff' }))['Response']).toBe('Goodbye');
    await ami.untilClosed();
  });

  test('words an unknown action as Asterisk does', async () => {
    const ami = await talk();
    await ami.login('admin', 's3cret');
    expect((await ami.ask({ Action: 'Nonsense' }))['Message']).toBe(
      'Invalid/unknown command: Nonsense. Use Action: ListCommands to show available commands.',
    );
    expect((await ami.ask({ Foo: 'bar' }))['Message']).toBe('Missing action in request');
  });

  test('denies what the write classes do not hold', async () => {
    const ami = await talk();
    await ami.login('cdr', 'x');
    const answer = await ami.ask({ Action: 'Command', Command: 'core show version' });
    expect(answer).toMatchObject({ Response: 'Error', Message: 'Permission denied' });
  });

  test('refuses a line over 1,022 bytes and a message over 128 lines, and goes on', async () => {
    const ami = await talk();
    await ami.login('admin', 's3cret');
    expect((await ami.ask({ Action: 'Ping', Long: 'x'.repeat(1100) }))['Message']).toBe(
      'Failed to parse message: line too long',
    );
    const many = Array.from({ length: 130 }, () => 'A=1');
    ami.send({ Action: 'Ping', Variable: many });
    await ami.until((message) => message['Message'] === 'Too many lines in message or allocation failure');
    expect((await ami.ask({ Action: 'Ping' }))['Ping']).toBe('Pong');
  });

  test('gives the output of a command in repeated headers', async () => {
    const ami = await talk();
    await ami.login('admin', 's3cret');
    const answer = await ami.ask({ Action: 'Command', Command: 'core show channels' });
    expect(answer.raw.match(/^Output: /gm)?.length).toBe(4);
    const unknown = await ami.ask({ Action: 'Command', Command: 'constructor' });
    expect(unknown['Response']).toBe('Error');
    expect(unknown['Output']).toContain("No such command 'constructor'");
  });
});

describe('events', () => {
  test('come only of the read classes and the mask', async () => {
    const [all, cdr, off, calls] = [await talk(), await talk(), await talk(), await talk()];
    await all.login('admin', 's3cret');
    await cdr.login('cdr', 'x');
    await off.login('admin', 's3cret', 'off');
    await calls.login('admin', 's3cret', 'call');
    await all.ask({ Action: 'Originate', Channel: 'PJSIP/1001', Application: 'Playback', Data: 'hello' });
    await all.ask({ Action: 'UserEvent', UserEvent: 'Ready', Number: '7' });
    const ready = await all.until((message) => message['UserEvent'] === 'Ready');
    expect(ready).toMatchObject({ Event: 'UserEvent', Privilege: 'user,all', number: '7' });
    expect(all.events('VarSet').length + all.events('Newexten').length).toBeGreaterThan(0);
    for (const session of [cdr, off, calls]) await session.ask({ Action: 'Ping' });
    expect(named(cdr)).toEqual([]);
    expect(named(off)).toEqual([]);
    expect(named(calls).length).toBeGreaterThan(3);
    expect(named(calls).every((event) => event['Privilege'] === 'call,all')).toBe(true);
  });

  test('can be switched on and off by the Events action', async () => {
    const ami = await talk();
    await ami.login('admin', 's3cret', 'off');
    expect((await ami.ask({ Action: 'Events', EventMask: 'user' }))['Events']).toBe('On');
    await ami.ask({ Action: 'UserEvent', UserEvent: 'Heard' });
    expect((await ami.ask({ Action: 'Events', EventMask: 'off' }))['Events']).toBe('Off');
    await ami.ask({ Action: 'UserEvent', UserEvent: 'Unheard' });
    await ami.ask({ Action: 'Ping' });
    expect(ami.events('UserEvent').map((event) => event['UserEvent'])).toEqual(['Heard']);
  });

  test('pass the filters; the misspelt one answers Success and lets nothing through', async () => {
    const [right, wrong] = [await talk(), await talk()];
    for (const ami of [right, wrong]) await ami.login('admin', 's3cret');
    await right.ask({ Action: 'Filter', Operation: 'Add', MatchCriteria: 'name(UserEvent),action(include)' });
    const misspelt = 'eventfilter(name(UserEvent),action(include))';
    const answer = await wrong.ask({ Action: 'Filter', Operation: 'Add', Filter: misspelt });
    expect(answer['Response']).toBe('Success');
    await right.ask({ Action: 'UserEvent', UserEvent: 'One' });
    await right.until((message) => message['UserEvent'] === 'One');
    await wrong.ask({ Action: 'Ping' });
    expect(wrong.events('UserEvent')).toEqual([]);
    const broken = await right.ask({ Action: 'Filter', Operation: 'Add', MatchCriteria: 'name(Cdr' });
    expect(broken['Response']).toBe('Error');
  });
});
