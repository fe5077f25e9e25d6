import { expect, test } from 'vitest';
import { type ConsoleEnd, type EndpointState, createConsoleEndpoint } from '#core/console/endpoint.ts';
import type { ConsoleRole } from '#core/console/frames.ts';
import { consoleLimits } from '#core/console/limits.ts';
import { relayInMemory } from '#test/support/console-relay.ts';
import { fixedRandom } from '#test/support/fixed-random.ts';
import { timerClock } from '#test/support/timer-clock.ts';

async function pair() {
  const clock = timerClock();
  const net = relayInMemory(clock);
  const urls = await net.open();
  const side = (role: ConsoleRole) => {
    const seen = {
      bytes: 0,
      text: '',
      states: [] as EndpointState[],
      sizes: [] as string[],
      notices: [] as string[],
    };
    let end: ConsoleEnd | undefined;
    const endpoint = createConsoleEndpoint({
      role,
      url: urls[role],
      transport: net.transport(role),
      clock,
      random: fixedRandom(),
      ...(role === 'browser' ? { size: { cols: 80, rows: 24 } } : {}),
      listener: {
        data(bytes) {
          seen.bytes += bytes.length;
          seen.text = (seen.text + new TextDecoder().decode(bytes)).slice(-2000);
        },
        size: (cols, rows) => seen.sizes.push(`${cols}x${rows}`),
        notice: (text) => seen.notices.push(text),
        state: (state) => seen.states.push(state),
        over: (why) => (end = why),
      },
    });
    return {
      endpoint,
      seen,
      end: () => end,
      write: (text: string) => endpoint.write(new TextEncoder().encode(text)),
    };
  };
  return { clock, net, urls, agent: side('agent'), browser: side('browser') };
}

async function paired() {
  const all = await pair();
  all.agent.endpoint.start();
  all.browser.endpoint.start();
  await all.clock.advance(10);
  expect(all.agent.endpoint.state).toBe('live');
  expect(all.browser.endpoint.state).toBe('live');
  return all;
}

test('what one side writes the other reads, with the size and notices', async () => {
  const { clock, agent, browser } = await paired();
  agent.write('hello\r\n');
  browser.write('core show uptime\r');
  agent.endpoint.notice('no shell here');
  browser.endpoint.resize(120, 40);
  await clock.advance(200);
  expect(browser.seen.text).toBe('hello\r\n');
  expect(agent.seen.text).toBe('core show uptime\r');
  expect(agent.seen.sizes).toEqual(['80x24', '120x40']);
  expect(browser.seen.notices).toEqual(['no shell here']);
  expect(agent.endpoint.settled).toBe(true);
});

test('what was written before the other side came is not lost', async () => {
  const { clock, agent, browser } = await pair();
  agent.endpoint.start();
  agent.write('early ');
  await clock.advance(3000);
  agent.write('bird');
  browser.endpoint.start();
  await clock.advance(200);
  expect(browser.seen.text).toBe('early bird');
  expect(agent.seen.states).toEqual(['waiting', 'live']);
});

test.each(['agent', 'browser'] as const)(
  'the network of the %s fails: nothing is lost, nothing twice',
  async (role) => {
    const { clock, net, agent, browser } = await paired();
    agent.write('1,');
    browser.write('a,');
    await clock.advance(50);
    net.cut(role);
    agent.write('2,');
    browser.write('b,');
    await clock.advance(10_000);
    agent.write('3,');
    browser.write('c,');
    expect([agent.endpoint.state, browser.endpoint.state].toSorted()).toEqual(['lost', 'waiting']);
    net.mend(role);
    await clock.advance(6000);
    agent.write('4');
    browser.write('d');
    await clock.advance(200);
    expect(browser.seen.text).toBe('1,2,3,4');
    expect(agent.seen.text).toBe('a,b,c,d');
    expect(agent.seen.sizes.at(-1)).toBe('80x24');
  },
);

test('a stream larger than the window waits for acknowledgements and comes whole', async () => {
  const { clock, net, agent, browser } = await paired();
  const chunk = new Uint8Array(consoleLimits.dataBytes).fill(120);
  net.cut('browser');
  for (let i = 0; i < 100; i += 1) agent.endpoint.write(chunk);
  expect(agent.endpoint.queued).toBe((100 - consoleLimits.window) * consoleLimits.dataBytes);
  net.mend('browser');
  await clock.advance(6000);
  expect(browser.seen.bytes).toBe(100 * consoleLimits.dataBytes);
  expect(agent.endpoint.settled).toBe(true);
  for (const message of net.passed.agent)
    expect(message.length).toBeLessThanOrEqual(consoleLimits.frameBytes);
});

test('an end is told to the other side, once', async () => {
  const { clock, agent, browser } = await paired();
  browser.endpoint.end('closed', 'the tab was closed');
  browser.endpoint.end('idle', 'later');
  await clock.advance(10);
  expect(agent.end()).toEqual({ code: 'closed', reason: 'the tab was closed' });
  expect(browser.end()).toEqual({ code: 'closed', reason: 'the tab was closed' });
  agent.write('too late');
  expect(agent.endpoint.state).toBe('over');
});

test('a used ticket opens nothing', async () => {
  const all = await paired();
  const thief = createConsoleEndpoint({
    role: 'browser',
    url: all.urls.browser,
    transport: all.net.transport('browser'),
    clock: all.clock,
    random: fixedRandom(),
    listener: { data: () => {}, over: (end) => expect(end.code).toBe('expired') },
  });
  thief.start();
  await all.clock.advance(100);
  expect(thief.state).toBe('over');
  expect(all.browser.endpoint.state).toBe('live');
});

test('a side that does not come back in time ends the session for the other', async () => {
  const { clock, net, agent, browser } = await paired();
  net.cut('browser');
  for (let i = 0; i < 16; i += 1) {
    await clock.advance(10_000);
    await net.relay.sweep();
  }
  expect(agent.end()?.code).toBe('peer-lost');
  expect(browser.end()?.code).toBe('peer-lost');
});

test('a silent connection is asked, and given up when nobody answers', async () => {
  const { clock, net, agent } = await paired();
  await clock.advance(70_000);
  expect(net.passed.agent.filter((text) => text.includes('"ping"')).length).toBeGreaterThanOrEqual(1);
  expect(agent.endpoint.state).toBe('live');
  // The network swallows everything without a word.
  const [id, socket] = [...net.sockets].find(([, { role }]) => role === 'agent')!;
  (net.sockets as Map<string, typeof socket>).set(id, {
    ...socket,
    listener: { message: () => {}, closed: () => {} },
  });
  await clock.advance(120_000);
  expect(agent.seen.states.filter((state) => state === 'lost').length).toBe(1);
  expect(agent.endpoint.state).toBe('live');
});

test('a connection is renewed before the gateway would end it, and the session goes on', async () => {
  const { clock, agent, browser } = await paired();
  agent.write('before ');
  await clock.advance(consoleLimits.connectionMs + 10_000);
  agent.write('after');
  await clock.advance(1000);
  expect(browser.seen.text).toBe('before after');
  expect(agent.seen.states).toContain('lost');
  expect(agent.end()).toBeUndefined();
});

test('a frame that the peer must not send ends the session as a breach of the protocol', async () => {
  const { clock, net, agent, browser } = await paired();
  const [, socket] = [...net.sockets].find(([, { role }]) => role === 'browser')!;
  socket.listener.message('{"v":1,"t":"out","n":99,"d":"YQ=="}');
  await clock.advance(10);
  expect(browser.end()?.code).toBe('protocol');
  expect(agent.end()?.code).toBe('protocol');
});

test('a side that can not keep up holds the other one at the window, and loses nothing', async () => {
  const { clock, agent, browser } = await paired();
  browser.endpoint.hold(true);
  const frame = new Uint8Array(consoleLimits.dataBytes);
  for (let n = 0; n < consoleLimits.window + 5; n += 1) agent.endpoint.write(frame);
  await clock.advance(5000);
  expect(browser.seen.bytes).toBe(consoleLimits.window * frame.length);
  expect(agent.endpoint.queued).toBe(5 * frame.length);
  browser.endpoint.hold(false);
  await clock.advance(500);
  expect(browser.seen.bytes).toBe((consoleLimits.window + 5) * frame.length);
  expect(agent.endpoint.settled).toBe(true);
});
