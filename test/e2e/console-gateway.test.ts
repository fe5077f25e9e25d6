import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ticketMint } from '#aws/ticket-mint.ts';
import { createConsoleEndpoint, type ConsoleEnd, type ConsoleEndpoint } from '#core/console/endpoint.ts';
import type { ConsoleRole } from '#core/console/frames.ts';
import { consoleLimits } from '#core/console/limits.ts';
import type { AmiEvent } from '#core/contracts/ami-event.ts';
import type { ConsoleTransport } from '#core/ports/console-transport.ts';
import { silentLogger } from '#core/ports/logger.ts';
import { createConsole } from '#edge-agent/console/console.ts';
import { createWebSocketTransport } from '#edge-agent/console/web-socket-transport.ts';
import { systemClock } from '#edge-agent/system-clock.ts';
import { systemRandom } from '#edge-agent/system-random.ts';
import { startConsoleGateway, type ConsoleGateway } from '#test/support/console-gateway.ts';
import { startCutProxy } from './support/cut-proxy.ts';
import { waitFor } from './support/wait-for.ts';

/* The function's bundle behind an emulator of API Gateway, both sides of each session as they are deployed. */

/** Of the gateway's process, the function in it: what the emulator takes of it at its start leaves little room. */
const heapMegabytes = 256;

interface Side {
  readonly endpoint: ConsoleEndpoint;
  readonly received: Buffer[];
  readonly hash: () => string;
  readonly bytes: () => number;
  readonly connects: () => number;
  end: ConsoleEnd | undefined;
}

describe("the console's relay behind a gateway", () => {
  let gateway: ConsoleGateway;
  const sizes: number[] = [];
  const sides: Side[] = [];

  beforeAll(async () => {
    gateway = await startConsoleGateway({ heapMegabytes });
  });
  afterAll(async () => {
    for (const { endpoint } of sides) endpoint.end('shutdown', 'The test is over.');
    await gateway?.stop();
  });

  const urlOf = (ticket: string, port = gateway.port): string => `ws://127.0.0.1:${port}?ticket=${ticket}`;

  /** The transport of the agent, which says how large each message was, and how often it connected. */
  function measured(counted: () => void): ConsoleTransport {
    const inner = createWebSocketTransport();
    const note = (text: string): string => {
      sizes.push(Buffer.byteLength(text));
      return text;
    };
    return {
      async connect(url, listener, signal) {
        const taking = { ...listener, message: (text: string) => listener.message(note(text)) };
        const connection = await inner.connect(url, taking, signal);
        counted();
        return { send: (text) => connection.send(note(text)), close: () => connection.close() };
      },
    };
  }

  function startSide(role: ConsoleRole, url: string): Side {
    const hash = createHash('sha256');
    const received: Buffer[] = [];
    let bytes = 0;
    let connects = 0;
    const endpoint = createConsoleEndpoint({
      role,
      url,
      transport: measured(() => (connects += 1)),
      clock: systemClock,
      random: systemRandom,
      ...(role === 'browser' && { size: { cols: 80, rows: 24 } }),
      // Sooner than in life, where nobody waits for a test.
      limits: { firstRetryMs: 100, maxRetryMs: 500, missingMs: 3000, tickMs: 250 },
      listener: {
        data(data) {
          hash.update(data);
          bytes += data.length;
          if (bytes <= 10_000) received.push(Buffer.from(data));
        },
        over: (end) => void (side.end = end),
      },
    });
    const side: Side = {
      endpoint,
      received,
      hash: () => hash.copy().digest('hex'),
      bytes: () => bytes,
      connects: () => connects,
      end: undefined,
    };
    sides.push(side);
    endpoint.start();
    return side;
  }

  async function startPair(browserPort = gateway.port) {
    const { session, tickets } = await gateway.open();
    const agent = startSide('agent', urlOf(tickets.agent));
    const browser = startSide('browser', urlOf(tickets.browser, browserPort));
    await waitFor('both sides', () => [agent, browser].every(({ endpoint }) => endpoint.state === 'live'));
    return { agent, browser, session };
  }

  /** The status of a handshake; 101: it was let in. */
  function handshake(query: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}${query}`);
      socket.on('open', () => {
        resolve(101);
        socket.close();
      });
      socket.on('unexpected-response', (request, { statusCode = 0 }) => {
        request.destroy();
        resolve(statusCode);
      });
      socket.on('error', reject);
    });
  }

  it('carries 10 MB byte for byte over a lost connection and a failing table, beside a session of somebody else', async () => {
    const peakBefore = gateway.peakMegabytes();
    const network = await startCutProxy(gateway.port);
    const one = await startPair(network.port);
    const two = await startPair();
    const block = Buffer.from(Array.from({ length: 65_536 }, (_, at) => (at * 31 + (at >> 8)) % 256));
    const blocks = 160;
    const sent = createHash('sha256');

    /** Throws when it has ended: then nothing more will come. */
    function isLive({ agent, browser }: { agent: Side; browser: Side }): true {
      const end = agent.end ?? browser.end;
      if (end === undefined) return true;
      throw new Error(`the session has ended (${end.code}): ${end.reason}`);
    }

    async function feed(): Promise<void> {
      for (let place = 0; place < blocks; place += 1) {
        block.writeUInt32BE(place);
        sent.update(block);
        one.agent.endpoint.write(Buffer.from(block));
        await waitFor(
          'room in the window',
          () => isLive(one) && one.agent.endpoint.queued < 65_536,
          60_000,
          5,
        );
        if (place === blocks / 4) {
          network.cut();
          setTimeout(() => network.mend(), 1000);
        }
        if (place === blocks / 2) gateway.failTable(1000);
        // The other session lives meanwhile.
        if (place % 20 !== 0) continue;
        two.browser.endpoint.write(Buffer.from(`key ${place};`));
        two.agent.endpoint.write(Buffer.from(`echo ${place};`));
      }
    }
    await feed();
    await waitFor('all of it', () => isLive(one) && one.agent.endpoint.settled, 60_000);
    await waitFor('the other session', () => two.agent.endpoint.settled && two.browser.endpoint.settled);

    expect(one.browser.bytes()).toBe(blocks * block.length);
    expect(one.browser.hash()).toBe(sent.digest('hex'));
    expect(one.browser.connects()).toBeGreaterThan(1);
    const places = Array.from({ length: 8 }, (_, place) => place * 20);
    expect(Buffer.concat(two.agent.received).toString()).toBe(places.map((at) => `key ${at};`).join(''));
    expect(Buffer.concat(two.browser.received).toString()).toBe(places.map((at) => `echo ${at};`).join(''));
    expect(one.agent.bytes()).toBe(0);
    // The emulator would take more than the gateway does.
    expect(Math.max(...sizes)).toBeLessThanOrEqual(consoleLimits.frameBytes);
    // The heap is bounded from outside: a relay that kept what it hands on would have ended the process.
    const grown = gateway.peakMegabytes() - peakBefore;
    console.log(`10 MB relayed; the peak of the gateway's process rose by ${grown.toFixed(0)} MB`);
    one.browser.endpoint.end('closed', 'The window was closed.');
    await waitFor('the end', () => one.agent.end);
    expect(one.agent.end).toEqual({ code: 'closed', reason: 'The window was closed.' });
    await network.close();
  });

  it("gives a browser the terminal of the agent's own console", async () => {
    const { job, tickets } = await gateway.open();
    const told: AmiEvent[] = [];
    const agent = createConsole({
      settings: {
        enabled: true,
        shell: true,
        harmless: true,
        command: ['/bin/sh'],
        sessions: 1,
        idle: 60_000,
      },
      isRoot: false,
      uid: 900,
      account: undefined,
      run: () => Promise.reject(new Error('nothing is asked of Asterisk')),
      transport: createWebSocketTransport(),
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
      emit: (event) => void told.push(event),
      changed: () => {},
    });
    const browser = startSide('browser', urlOf(tickets.browser));
    const started = await agent.open(job, new AbortController().signal);
    expect(started).toEqual({ session: job.session, started: true, shell: true });
    const shown = () => Buffer.concat(browser.received).toString();
    await waitFor('both sides', () => browser.endpoint.state === 'live');
    browser.endpoint.write(Buffer.from('echo $((6 * 7)) $(stty size)\r'));
    await waitFor('the answer', () => shown().includes('42 24 80'));
    browser.endpoint.resize(132, 50);
    browser.endpoint.write(Buffer.from('stty size\r'));
    await waitFor('the other size', () => shown().includes('50 132'));
    browser.endpoint.write(Buffer.from('exit\r'));
    await waitFor('the end', () => browser.end);
    expect(browser.end).toMatchObject({ code: 'exited' });
    await waitFor('the audit', () => told.length === 2);
    expect(told).toMatchObject([
      { Event: 'OdooPBXConsole', Action: 'opened', Session: job.session, UserId: '7', Address: '192.0.2.7' },
      { Event: 'OdooPBXConsole', Action: 'closed', Session: job.session, EndCode: 'exited' },
    ]);
    await agent.stop();
  });

  it('lets nobody in without a ticket that is good', async () => {
    expect(await handshake('')).toBe(401);
    expect(await handshake('?ticket=guessed')).toBe(403);
    expect(await handshake(`?ticket=${ticketMint.make()}`)).toBe(403);
    const { tickets, session } = await gateway.open();
    gateway.tables.update({
      TableName: 'sessions',
      Key: { id: { S: `session#${session}` } },
      UpdateExpression: 'SET agentTicketEnds = :now',
      ExpressionAttributeValues: { ':now': { N: String(Date.now() / 1000) } },
    });
    expect(await handshake(`?ticket=${tickets.agent}`)).toBe(403);
    expect(await handshake(`?ticket=${tickets.browser}`)).toBe(101);
    expect(await handshake(`?ticket=${tickets.browser}`)).toBe(403);
    const { printed } = gateway;
    for (const ticket of Object.values(tickets)) expect(printed()).not.toContain(ticket);
  });

  it('ends the session of a side that breaks the protocol, and leaves the others alone', async () => {
    const { tickets } = await gateway.open();
    const kept = await startPair();
    const agent = startSide('agent', urlOf(tickets.agent));
    const thief = new WebSocket(urlOf(tickets.browser));
    const said: { t: string; code?: string; resume?: string }[] = [];
    thief.on('message', (data: Buffer) => said.push(JSON.parse(data.toString()) as { t: string }));
    thief.on('open', () => thief.send('{"v":1,"t":"hello","received":0}'));
    await waitFor('the agent', () => agent.endpoint.state === 'live');
    const resume = said.find(({ t }) => t === 'ready')?.resume;
    thief.send(JSON.stringify({ v: 1, t: 'out', n: 1, d: 'AAAA' }));
    await waitFor('the end', () => agent.end);
    expect(agent.end).toMatchObject({ code: 'protocol' });
    await waitFor('the connection to close', () => thief.readyState === WebSocket.CLOSED);
    expect(said.at(-1)).toMatchObject({ t: 'end', code: 'protocol' });
    expect(await handshake(`?ticket=${resume}`)).toBe(403);
    kept.browser.endpoint.write(Buffer.from('still here'));
    await waitFor('the other session', () => Buffer.concat(kept.agent.received).includes('still here'));
  });

  it('keeps nothing of a session that has ended', async () => {
    const { agent, browser, session } = await startPair();
    const rows = () =>
      [...gateway.tables.rows.values()].filter((row) => JSON.stringify(row).includes(session));
    expect(rows().length).toBeGreaterThan(0);
    browser.endpoint.end('closed', 'The window was closed.');
    await waitFor('the end', () => agent.end);
    await waitFor('the rows to go', () => rows().length === 0);
  });
});
