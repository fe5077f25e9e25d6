import { createServer } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { AmiClientOptions } from '#edge-agent/ami/client.ts';
import { probeClient, type AmiClientProbe } from '#test/support/ami-client-probe.ts';
import {
  scriptedAmiServer,
  type AmiPeer,
  type ScriptedAmiOptions,
  type ScriptedAmiServer,
} from '#test/support/scripted-ami-server.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).toReversed()) await one.stop();
});

const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 5000, interval: 2 });
const code = (value: string) => expect.objectContaining({ code: value }) as unknown as Error;

async function serve(options: ScriptedAmiOptions = {}): Promise<ScriptedAmiServer> {
  const server = await scriptedAmiServer(options);
  running.push(server);
  return server;
}

function connect(server: { port: number }, options: Partial<AmiClientOptions> = {}): AmiClientProbe {
  const probe = probeClient({ port: server.port, ...options });
  running.push(probe.client);
  probe.client.start();
  return probe;
}

async function both(options: ScriptedAmiOptions = {}, clientOptions: Partial<AmiClientOptions> = {}) {
  const server = await serve(options);
  const probe = connect(server, clientOptions);
  await until(() => expect(probe.links).toEqual(['up']));
  return { server, probe, send: probe.client.actions.send.bind(probe.client.actions) };
}

describe('login', () => {
  test('by MD5 challenge, with the event mask, and no secret on the wire', async () => {
    const { server, probe } = await both();
    for (const peer of server.peers) {
      expect(peer.actions.slice(0, 2).map((action) => action['Action'])).toEqual(['Challenge', 'Login']);
      expect(JSON.stringify(peer.actions)).not.toContain('secret');
    }
    expect(server.events().actions[1]).toMatchObject({ AuthType: 'MD5', Username: 'events', Events: 'on' });
    expect(server.actions().actions[1]).toMatchObject({ Username: 'actions', Events: 'off' });
    expect(probe.ups).toEqual([{ asteriskVersion: '22.10.1', systemName: 'lab' }]);
    expect(probe.client.status()).toMatchObject({ state: 'connected', asteriskVersion: '22.10.1' });
  });

  test('linkUp waits for version and system name, however late the events session finds them', async () => {
    let late: AmiPeer | undefined;
    const server = await serve({
      script: ({ Action }, peer) => {
        if (Action !== 'CoreSettings') return undefined;
        late = peer;
        return '';
      },
    });
    const probe = connect(server);
    await until(() => expect(probe.client.status().state).toBe('connected'));
    await until(() => expect(late).toBeDefined());
    server.events().socket.destroy();
    await until(() => expect(server.peers.filter(({ listens }) => listens)).toHaveLength(2));
    await until(() => expect(probe.client.status().state).toBe('connected'));
    expect(probe.links).toEqual([]);
    const { ActionID = '' } = late?.actions.at(-1) ?? {};
    late?.say(`Response: Success\nActionID: ${ActionID}\nAsteriskVersion: 22.10.1\nSystemName: lab\n\n`);
    await until(() => expect(probe.links).toEqual(['up']));
    expect(probe.ups).toEqual([{ asteriskVersion: '22.10.1', systemName: 'lab' }]);
  });

  test('in plain where the challenge is refused', async () => {
    const { server } = await both({
      script: ({ Action }) => (Action === 'Challenge' ? 'Response: Error\nMessage: No' : undefined),
    });
    expect(server.events().actions[1]).toMatchObject({ Secret: 'secret' });
  });

  test('without CoreSettings the banner tells the version of AMI', async () => {
    const script = ({ Action }: { Action?: string }) =>
      Action === 'CoreSettings' ? 'Response: Error\nMessage: Permission denied' : undefined;
    const { probe } = await both({ script });
    expect(probe.ups).toEqual([{ asteriskVersion: 'unknown (AMI 11.0.0)', systemName: null }]);
  });

  test('the mask asks for the classes of the wanted events, and is widened live', async () => {
    const server = await serve();
    const probe = probeClient({ port: server.port });
    running.push(probe.client);
    probe.wanted = new Set(['Hangup', 'Cdr']);
    probe.client.start();
    await until(() => expect(probe.links).toEqual(['up']));
    expect(server.events().actions[1]).toMatchObject({ Events: 'call,cdr,system' });

    const say = () => server.events().say('Event: VarSet\nValue: 1\n\nEvent: Hangup\n\n');
    say();
    await until(() => expect(probe.events).toHaveLength(1));
    probe.wanted.add('VarSet');
    await probe.client.refreshFilters();
    expect(server.events().actions.at(-1)).toMatchObject({
      Action: 'Events',
      EventMask: 'call,cdr,dialplan,system',
    });
    say();
    await until(() => expect(probe.events.map((e) => e['Event'])).toEqual(['Hangup', 'VarSet', 'Hangup']));
    expect(probe.client.counts()).toMatchObject({ delivered: 3, skipped: 1, damaged: 0 });
  });

  test('a refused login is a state of its own, with a long pause', async () => {
    const server = await serve();
    const probe = connect(server, {
      events: { username: 'events', secret: 'wrong' },
      backoff: { firstMs: 1, refusedMs: 60_000, maxRefusedMs: 60_000 },
    });
    await until(() => expect(probe.client.status().state).toBe('refused'));
    expect(probe.client.status().error).toContain('Authentication failed');
    // The other session is not held back.
    await until(() => expect(server.actions().actions.at(-1)).toMatchObject({ Action: 'CoreSettings' }));
    await expect(probe.client.actions.send({ Action: 'Ping' }, { timeoutMs: 1000 })).resolves.toHaveLength(1);
    expect(server.peers.filter(({ actions }) => actions[1]?.['Username'] === 'events')).toHaveLength(1);
    expect(probe.links).toEqual([]);
  });

  test.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.9\r\n', /no Asterisk Manager: it began with "SSH-2.0/],
    ['nothing at all', '', /did not complete an AMI login in time/],
  ])('%s on the port', async (_, banner, message) => {
    const server = await serve({ banner });
    const probe = connect(server, {
      timeouts: { loginMs: 60 },
      backoff: { firstMs: 60_000, maxMs: 60_000 },
    });
    await until(() => expect(probe.client.status().error).toMatch(message));
    expect(probe.client.status().state).toBe('connecting');
  });

  test('a peer that closes in the middle of a login is tried again', async () => {
    let closed = 0;
    const { server } = await both({
      script: ({ Action }, peer) => {
        if (Action !== 'Login' || (closed += 1) > 2) return undefined;
        peer.socket.destroy();
        return '';
      },
    });
    expect(server.peers.length).toBeGreaterThanOrEqual(4);
  });

  test('nobody listens', async () => {
    const port = await new Promise<number>((resolve) => {
      const probe = createServer().listen(0, '127.0.0.1', () => {
        const { port } = probe.address() as { port: number };
        probe.close(() => resolve(port));
      });
    });
    const probe = connect({ port });
    await until(() =>
      expect(probe.client.status().error).toMatch(/no connection to Asterisk .* ECONNREFUSED/),
    );
    await expect(probe.client.actions.send({ Action: 'Ping' }, { timeoutMs: 100 })).rejects.toEqual(
      code('AMI_NOT_CONNECTED'),
    );
  });
});

describe('a lost connection', () => {
  test('linkDown once, then linkUp again; what comes after it is heard', async () => {
    const { server, probe } = await both();
    server.events().socket.destroy();
    await until(() => expect(probe.links).toEqual(['up', expect.stringContaining('down: '), 'up']));
    server.events().say('Event: Hangup\n\n');
    await until(() => expect(probe.events).toHaveLength(1));
    expect(probe.client.counts().connectionsLost).toBe(1);
  });

  test('of the actions session: no gap in the events, pending actions have an unknown outcome', async () => {
    const { server, probe, send } = await both({
      script: ({ Action }) => (Action === 'Slow' ? '' : undefined),
    });
    const pending = send({ Action: 'Slow' }, { timeoutMs: 5000 });
    const settled = expect(pending).rejects.toEqual(code('AMI_CONNECTION_LOST'));
    await until(() => expect(server.actions().actions.at(-1)).toMatchObject({ Action: 'Slow' }));
    const lost = server.actions();
    lost.socket.destroy();
    await settled;
    await until(() => expect(server.actions()).not.toBe(lost));
    await until(() => expect(probe.client.status().state).toBe('connected'));
    expect(probe.links).toEqual(['up']);
    // Nothing is ever sent twice.
    expect(server.peers.flatMap(({ actions }) => actions).filter((a) => a['Action'] === 'Slow')).toHaveLength(
      1,
    );
  });

  test('a silent peer is found dead', async () => {
    const { server, probe } = await both({}, { timeouts: { idleMs: 30, stallMs: 30 } });
    const first = server.events();
    await until(() => expect(first.actions.map((a) => a['Action'])).toContain('Ping'));
    expect(probe.links).toEqual(['up']);
    server.script = (action, peer) => (peer === first && action['Action'] === 'Ping' ? '' : undefined);
    await until(() => expect(probe.links[1]).toMatch(/down: Asterisk was silent/));
    await until(() => expect(probe.links.at(-1)).toBe('up'));
  });

  test('stop: logs off, no more attempts, pending actions end', async () => {
    const { server, probe, send } = await both({
      script: ({ Action }) => (Action === 'Slow' ? '' : undefined),
    });
    const settled = expect(send({ Action: 'Slow' }, { timeoutMs: 60_000 })).rejects.toEqual(
      code('AMI_CONNECTION_LOST'),
    );
    await probe.client.stop();
    await settled;
    expect(server.peers.map(({ actions }) => actions.at(-1)?.['Action'])).toEqual(['Logoff', 'Logoff']);
    expect(probe.client.status().state).toBe('stopped');
    expect(probe.links).toEqual(['up', 'down: the session was closed']);
    probe.client.start();
    await until(() => expect(probe.links.at(-1)).toBe('up'));
  });

  test('a throwing listener loses nothing but its own event', async () => {
    const { server, probe } = await both();
    probe.onEvent = (event) => {
      if (event['Event'] === 'A') throw new Error('listener');
    };
    server.events().say('Event: A\n\nEvent: B\n\n');
    await until(() => expect(probe.events).toEqual([{ Event: 'B' }]));
    expect(probe.links).toEqual(['up']);
  });
});

describe('actions', () => {
  test('an error is an answer', async () => {
    const { send } = await both({
      script: ({ Action }) =>
        Action === 'Nope' ? 'Response: Error\nMessage: Invalid/unknown command' : undefined,
    });
    const [reply] = await send({ Action: 'Nope' }, { timeoutMs: 1000 });
    expect(reply).toMatchObject({ Response: 'Error', Message: 'Invalid/unknown command' });
  });

  test("answers out of order find their actions; the caller's ActionID is kept", async () => {
    const { server, send } = await both({ script: ({ Action }) => (Action === 'Later' ? '' : undefined) });
    const first = send({ Action: 'Later', ActionID: 'a' }, { timeoutMs: 1000 });
    const second = send({ Action: 'Later', ActionID: 'b' }, { timeoutMs: 1000 });
    await until(() => expect(server.actions().actions.at(-1)).toMatchObject({ ActionID: 'b' }));
    await expect(send({ Action: 'Ping', ActionID: 'a' }, { timeoutMs: 1000 })).rejects.toEqual(
      code('AMI_ACTION_INVALID'),
    );
    server.actions().say('Response: Success\nActionID: b\nN: 2\n\nResponse: Success\nActionID: a\nN: 1\n\n');
    expect((await first)[0]).toMatchObject({ N: '1' });
    expect((await second)[0]).toMatchObject({ N: '2' });
  });

  test.each([
    ['EventList: start', 'EventList: Complete'],
    ['EventList: start', 'EventList: Cancelled'],
    ['Message: Peer status list will follow', 'ListItems: 2'],
  ])('an event list (%s) up to its end (%s)', async (start, end) => {
    const { server, send } = await both({
      script: ({ Action }) => (Action === 'List' ? `Response: Success\n${start}` : undefined),
    });
    const reply = send({ Action: 'List', ActionID: 'l' }, { timeoutMs: 1000 });
    await until(() => expect(server.actions().actions.at(-1)).toMatchObject({ Action: 'List' }));
    server
      .actions()
      .say(
        `Event: Item\nActionID: l\nN: 1\n\nEvent: Item\nActionID: other\n\nEvent: Item\nActionID: l\nN: 2\n\nEvent: ListComplete\nActionID: l\n${end}\n\n`,
      );
    expect((await reply).map((headers) => headers['Event'] ?? headers['Response'])).toEqual([
      'Success',
      'Item',
      'Item',
      'ListComplete',
    ]);
  });

  test('Command output in both styles', async () => {
    const { server, send } = await both({
      script: (action, peer) => {
        if (action['Action'] !== 'Command') return undefined;
        if (action['Command'] === 'new')
          return 'Response: Success\nMessage: Command output follows\nOutput: a\nOutput: \nOutput: b';
        peer.socket.write(
          `Response: Follows\r\nPrivilege: Command\r\nActionID: ${action['ActionID']}\r\na\n\nb\n--END COMMAND--\r\n\r\n`,
        );
        return '';
      },
    });
    for (const style of ['new', 'old']) {
      const [reply] = await send({ Action: 'Command', Command: style }, { timeoutMs: 1000 });
      expect(reply).toMatchObject({ Output: ['a', '', 'b'] });
    }
    expect(server.peers).toHaveLength(2);
  });

  test('a deadline, a caller that gives up, and a late answer that nobody waits for', async () => {
    const { server, send } = await both({ script: ({ Action }) => (Action === 'Slow' ? '' : undefined) });
    await expect(send({ Action: 'Slow', ActionID: 's' }, { timeoutMs: 20 })).rejects.toEqual(
      code('AMI_ACTION_TIMEOUT'),
    );
    const abort = new AbortController();
    const given = send({ Action: 'Slow' }, { timeoutMs: 5000, signal: abort.signal });
    const settled = expect(given).rejects.toEqual(code('AMI_ACTION_TIMEOUT'));
    abort.abort();
    await settled;
    server.actions().say('Response: Success\nActionID: s\n\n');
    await expect(send({ Action: 'Ping' }, { timeoutMs: 1000 })).resolves.toMatchObject([{ Ping: 'Pong' }]);
  });

  test('what can not be said is refused and not sent', async () => {
    const { server, send } = await both();
    const before = server.actions().actions.length;
    await expect(send({ Action: 'Ping', Data: 'x\r\nAction: Logoff' }, { timeoutMs: 1000 })).rejects.toEqual(
      code('AMI_ACTION_INVALID'),
    );
    await send({ Action: 'Ping' }, { timeoutMs: 1000 });
    expect(server.actions().actions).toHaveLength(before + 1);
  });
});
