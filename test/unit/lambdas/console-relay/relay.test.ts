import { describe, expect, it } from 'vitest';
import { consoleLimits } from '#core/console/limits.ts';
import { ticketMint } from '#aws/ticket-mint.ts';
import { relayBench } from '#test/support/console-fixtures.ts';

const d = Buffer.from('core show channels\r').toString('base64');

describe('coming in', () => {
  it('takes a ticket once, and nothing else', async () => {
    const { relay, open, logger } = relayBench();
    const { tickets } = await open();
    expect(await relay.connect('c1', undefined)).toBe(401);
    expect(await relay.connect('c1', '')).toBe(401);
    expect(await relay.connect('c1', 'x')).toBe(403);
    expect(await relay.connect('c1', ticketMint.make())).toBe(403);
    expect(await relay.connect('c1', tickets.agent)).toBe(200);
    expect(await relay.connect('c2', tickets.agent)).toBe(403);
    const logged = JSON.stringify(['info', 'warn'].map((level) => logger.at(level as 'info')));
    for (const ticket of Object.values(tickets)) expect(logged).not.toContain(ticket);
  });

  it('refuses a ticket after a minute', async () => {
    const { relay, open, clock } = relayBench();
    const { tickets } = await open();
    clock.advance(consoleLimits.ticketMs);
    expect(await relay.connect('c1', tickets.browser)).toBe(403);
  });

  it('tells each side whether the other one is there', async () => {
    const { relay, open, send, connections } = relayBench();
    const { session, tickets } = await open();
    await relay.connect('a', tickets.agent);
    await relay.connect('b', tickets.browser);
    await send('a', { t: 'hello', received: 0 });
    expect(connections.to('a')).toMatchObject([{ t: 'ready', session: session.id, peer: false }]);
    expect(connections.to('b')).toEqual([]);
    await send('b', { t: 'hello', received: 0, cols: 80, rows: 24 });
    expect(connections.to('b')).toMatchObject([
      { t: 'ready', peer: true },
      { t: 'peer', here: true, received: 0 },
    ]);
    expect(connections.to('a').slice(1)).toEqual([{ v: 1, t: 'peer', here: true, received: 0 }]);
  });

  it('tells a side of the other one that came while it was told that nobody is there', async () => {
    const { relay, open, send, connections } = relayBench();
    const { tickets } = await open();
    await relay.connect('a', tickets.agent);
    await relay.connect('b', tickets.browser);
    connections.before = async (connection, { t }) => {
      if (connection !== 'a' || t !== 'ready') return;
      connections.before = undefined;
      await send('b', { t: 'hello', received: 0 });
    };
    await send('a', { t: 'hello', received: 0 });
    expect(connections.to('a').at(-1)).toEqual({ v: 1, t: 'peer', here: true, received: 0 });
  });
});

describe('frames', () => {
  it('go to the other side of the same session, and nowhere else', async () => {
    const { pair, send, connections } = relayBench();
    const [one, two] = [await pair('one'), await pair('two')];
    await send(one.browser, { t: 'in', n: 1, d });
    await send(two.agent, { t: 'out', n: 1, d });
    await send(one.agent, { t: 'ack', n: 1 });
    await send(one.browser, { t: 'size', cols: 132, rows: 50 });
    await send(one.agent, { t: 'notice', text: '! is not allowed here' });
    const after = (connection: string) => connections.to(connection).filter(({ t }) => !/ready|peer/.test(t));
    expect(after(one.agent).map(({ t }) => t)).toEqual(['in', 'size']);
    expect(after(one.browser).map(({ t }) => t)).toEqual(['ack', 'notice']);
    expect(after(two.browser)).toEqual([{ v: 1, t: 'out', n: 1, d }]);
    expect(after(two.agent)).toEqual([]);
  });

  it('answers a ping itself', async () => {
    const { pair, send, connections } = relayBench();
    const { agent, browser } = await pair('one');
    const before = connections.to(agent).length;
    await send(browser, { t: 'ping' });
    expect(connections.to(browser).at(-1)).toEqual({ v: 1, t: 'pong' });
    expect(connections.to(agent)).toHaveLength(before);
  });

  const tooLarge = Buffer.alloc(consoleLimits.frameBytes).toString('base64');
  it.each([
    ['what is typed', 'agent', { t: 'in', n: 1, d }],
    ['a size', 'agent', { t: 'size', cols: 80, rows: 24 }],
    ['a second hello', 'agent', { t: 'hello', received: 0 }],
    ['a member too many', 'agent', { t: 'out', n: 1, d, more: true }],
    ['output', 'browser', { t: 'out', n: 1, d }],
    ['a notice', 'browser', { t: 'notice', text: 'made up' }],
    ['what the relay says', 'browser', { t: 'peer', here: false }],
    ['an unknown frame', 'browser', { t: 'other' }],
    ['too large a frame', 'browser', { t: 'in', n: 1, d: tooLarge }],
  ] as const)('end the session: %s from the %s', async (_name, role, frame) => {
    const { pair, send, connections, sessions } = relayBench();
    const session = await pair('one');
    const other = await pair('two');
    await send(session[role], frame);
    for (const connection of [session.agent, session.browser]) {
      expect(connections.last(connection, 'end')).toMatchObject({ code: 'protocol' });
      expect(connections.closed).toContain(connection);
    }
    expect(await sessions.find(session.id)).toBeUndefined();
    expect(await sessions.find(other.id)).toBeDefined();
  });

  it('of a connection that speaks for nobody close it', async () => {
    const { relay, connections } = relayBench();
    await relay.message('stranger', '{"v":1,"t":"hello","received":0}');
    expect(connections.closed).toEqual(['stranger']);
  });

  it('are what keeps a session from being idle; pings are what keeps a side from being lost', async () => {
    const { pair, send, sessions, clock } = relayBench();
    const { id, browser } = await pair('one');
    clock.advance(61_000);
    await send(browser, { t: 'ping' });
    expect(await sessions.find(id)).toMatchObject({
      activeAt: clock.now() / 1000 - 61,
      browser: { heardAt: clock.now() / 1000 },
    });
    await send(browser, { t: 'in', n: 1, d });
    expect(await sessions.find(id)).toMatchObject({ activeAt: clock.now() / 1000 });
  });
});

describe('a connection that is lost', () => {
  it('is told to the other side, and comes back by the ticket of its hello', async () => {
    const { pair, relay, send, connections } = relayBench();
    const { agent, browser } = await pair('one');
    const resume = connections.last(browser, 'ready')?.resume ?? '';
    await relay.disconnect(browser);
    expect(connections.to(agent).at(-1)).toEqual({ v: 1, t: 'peer', here: false });
    const before = connections.to(agent).length;
    await send(agent, { t: 'out', n: 1, d });
    expect(await relay.connect('again', resume)).toBe(200);
    expect(connections.to(agent)).toHaveLength(before);
    await send('again', { t: 'hello', received: 0 });
    expect(connections.to(agent).at(-1)).toEqual({ v: 1, t: 'peer', here: true, received: 0 });
    expect(connections.to('again')).toMatchObject([
      { t: 'ready', peer: true },
      { t: 'peer', here: true, received: 0 },
    ]);
    expect(await relay.connect('thief', resume)).toBe(403);
  });

  it('is replaced by the new one before it is known to be gone', async () => {
    const { pair, relay, send, connections, sessions } = relayBench();
    const { id, agent, browser } = await pair('one');
    await relay.connect('again', connections.last(agent, 'ready')?.resume);
    expect(connections.closed).toEqual([agent]);
    await send('again', { t: 'hello', received: 4 });
    expect(connections.to(browser).at(-1)).toEqual({ v: 1, t: 'peer', here: true, received: 4 });
    await relay.disconnect(agent);
    expect(connections.to(browser).at(-1)).toMatchObject({ here: true });
    await send(agent, { t: 'hello', received: 0 });
    expect(await sessions.find(id)).toMatchObject({ agent: { connection: 'again', ready: true } });
  });

  it('is noticed when a frame for it can not be delivered', async () => {
    const { pair, send, connections } = relayBench();
    const { agent, browser } = await pair('one');
    connections.gone.add(browser);
    await send(agent, { t: 'out', n: 1, d });
    expect(connections.to(agent).at(-1)).toEqual({ v: 1, t: 'peer', here: false });
  });

  it('is dropped when the gateway takes no frame for it: it must come back and say what it lacks', async () => {
    const { pair, send, connections } = relayBench();
    const { agent, browser } = await pair('one');
    connections.failing.add(browser);
    await send(agent, { t: 'out', n: 1, d });
    expect(connections.closed).toEqual([browser]);
    expect(connections.to(agent).at(-1)).toEqual({ v: 1, t: 'peer', here: false });
  });

  it('may break again before its hello', async () => {
    const { pair, relay, send, connections } = relayBench();
    const { agent, browser } = await pair('one');
    const resume = connections.last(browser, 'ready')?.resume;
    await relay.disconnect(browser);
    expect(await relay.connect('broken', resume)).toBe(200);
    await relay.disconnect('broken');
    expect(await relay.connect('again', resume)).toBe(200);
    await send('again', { t: 'hello', received: 0 });
    expect(connections.to(agent).at(-1)).toMatchObject({ t: 'peer', here: true });
    expect(await relay.connect('thief', resume)).toBe(403);
  });

  it('is its own when the store fails', async () => {
    const { pair, relay, connections, sessions } = relayBench();
    const { agent } = await pair('one');
    sessions.ofConnection = () => Promise.reject(new Error('the table is away'));
    await expect(relay.message(agent, '{"v":1,"t":"ping"}')).rejects.toThrow('the table is away');
    expect(connections.closed).toEqual([agent]);
  });
});

describe('the end', () => {
  it('said by one side reaches the other and closes both', async () => {
    const { pair, relay, send, connections } = relayBench();
    const { agent, browser } = await pair('one');
    const resume = connections.last(agent, 'ready')?.resume;
    await send(browser, { t: 'end', code: 'closed', reason: 'The window was closed.' });
    const end = { v: 1, t: 'end', code: 'closed', reason: 'The window was closed.' };
    expect(connections.to(agent).at(-1)).toEqual(end);
    expect(connections.last(browser, 'end')).toBeUndefined();
    expect(connections.closed.toSorted()).toEqual([agent, browser]);
    expect(await relay.connect('again', resume)).toBe(403);
    await relay.disconnect(agent);
  });

  it('counts also when it is handled after the connection has gone, as nothing else does', async () => {
    const { pair, relay, send, connections } = relayBench();
    const { agent, browser } = await pair('one');
    await relay.disconnect(browser);
    await send(browser, { t: 'in', n: 1, d });
    expect(connections.to(agent).at(-1)).toMatchObject({ t: 'peer', here: false });
    await send(browser, { t: 'end', code: 'closed', reason: 'The window was closed.' });
    expect(connections.to(agent).at(-1)).toMatchObject({ t: 'end', code: 'closed' });
    expect(connections.closed).toEqual([agent]);
  });

  it('comes by the sweep to those whose side stays away, and to no other', async () => {
    const { pair, open, relay, send, connections, clock } = relayBench();
    const [kept, lost] = [await pair('kept'), await pair('lost')];
    clock.advance(500);
    await open();
    await relay.disconnect(lost.agent);
    clock.advance(consoleLimits.graceMs);
    expect(await relay.sweep()).toBe(0);
    clock.advance(1000);
    expect(await relay.sweep()).toBe(2);
    expect(connections.last(lost.browser, 'end')).toMatchObject({ code: 'peer-lost' });
    expect(connections.closed).toEqual([lost.browser]);
    await send(kept.agent, { t: 'out', n: 1, d });
    expect(connections.to(kept.browser).at(-1)).toMatchObject({ t: 'out' });
  });

  it('closes a side that can not be told', async () => {
    const { pair, send, connections, logger } = relayBench();
    const { agent, browser } = await pair('one');
    connections.failing.add(agent);
    await send(browser, { t: 'end', code: 'closed', reason: '' });
    expect(connections.closed.toSorted()).toEqual([agent, browser]);
    expect(logger.at('warn')).toMatchObject([{ role: 'agent' }]);
  });

  it('comes after a day, however busy the session is', async () => {
    const { pair, send, connections, clock } = relayBench();
    const { agent, browser } = await pair('one');
    clock.advance(24 * 3_600_000);
    await send(agent, { t: 'out', n: 1, d });
    expect(connections.last(browser, 'end')).toMatchObject({ code: 'limit' });
    expect(connections.closed.toSorted()).toEqual([agent, browser]);
  });
});
