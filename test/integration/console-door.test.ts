import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { consoleLimits } from '#core/console/limits.ts';
import { eventually, startTrial, type Trial } from '#test/support/trial-system.ts';
import { type TestTerminal, openTerminal } from '#test/support/test-terminal.ts';

/** Programs that `sh` runs: the tests type them. */
const program = ['sh'];
let trial: Trial;

beforeAll(async () => {
  trial = await startTrial({}, {}, { consoleProgram: program });
  await eventually('the agent to say that the console is enabled', async () => {
    const record = await trial.system.store.directory.find('home_pbx');
    return record?.status?.consoleEnabled;
  });
});
afterAll(() => trial.stop());

const postOpen = (kwargs: object = {}) =>
  trial.postJob({
    fun: 'console.open',
    args: [],
    kwargs: { cols: 80, rows: 24, user: { id: 7, name: 'Ann' }, address: '192.0.2.7', ...kwargs },
  });

async function open(): Promise<TestTerminal & { url: string }> {
  const answer = await postOpen();
  expect(answer.status).toBe(202);
  const { console: invitation } = (await answer.json()) as { console: { url: string } };
  return { ...openTerminal(invitation.url), url: invitation.url };
}

async function openSessions(): Promise<number> {
  let count = 0;
  for await (const page of trial.system.consoles.sessions.open()) count += page.length;
  return count;
}

function handshake(url: string): Promise<number | 'open'> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url);
    socket.on('unexpected-response', (_, { statusCode }) => resolve(statusCode ?? 0));
    socket.on('error', () => {});
    socket.on('open', () => {
      resolve('open');
      socket.terminate();
    });
  });
}

test('a terminal in the browser drives a program on the PBX', async () => {
  const terminal = await open();
  terminal.type('stty size; echo "$((6*7)) done"\r');
  await terminal.until('42 done');
  expect(terminal.text()).toContain('24 80');
  terminal.endpoint.resize(120, 50);
  terminal.type('stty size\r');
  await terminal.until('50 120');
  terminal.type('exit 3\r');
  expect(await terminal.over).toEqual({ code: 'exited', reason: 'The program on the PBX ended (3).' });
});

test('a network that fails in the middle of a flood of output: every byte comes, once, in bounded memory', async () => {
  const terminal = await open();
  const lines = 200_000;
  const before = process.memoryUsage().rss;
  terminal.type(`stty -echo; echo go; seq -f "%09.0f" 1 ${lines}; echo "the"end\r`);
  await terminal.until('go\r\n');
  for (let drop = 0; drop < 3; drop += 1) {
    await eventually('some output', () => terminal.bytes() > (drop + 1) * 300_000);
    terminal.cut();
  }
  await terminal.until('theend', 60_000);
  expect(terminal.numbers()).toEqual({ count: lines, inOrder: true });
  expect(terminal.largest()).toBeLessThanOrEqual(consoleLimits.frameBytes);
  expect(terminal.connections()).toBeGreaterThanOrEqual(4);
  expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
  terminal.endpoint.end('closed', 'The test is over.');
});

test('two sessions at once know nothing of each other', async () => {
  const [one, other] = await Promise.all([open(), open()]);
  one.type('echo "o""ne"\r');
  other.type('echo "oth""er"\r');
  await Promise.all([one.until('one\r\n'), other.until('other\r\n')]);
  expect(one.text()).not.toContain('other');
  expect(other.text()).not.toContain('one\r\n');
  one.endpoint.end('closed', '');
  await eventually('the other one to be alone', async () => {
    return (await openSessions()) === 1;
  });
  other.type('echo "still"" there"\r');
  await other.until('still there\r\n');
  other.endpoint.end('closed', '');
});

test('no ticket, a made-up one, a used one: refused at the handshake', async () => {
  const terminal = await open();
  await eventually('it to be live', () => terminal.endpoint.state === 'live');
  const base = terminal.url.replace(/\?.*/, '');
  expect(await handshake(base)).toBe(401);
  expect(await handshake(`${base}?ticket=${'A'.repeat(43)}`)).toBe(403);
  expect(await handshake(terminal.url)).toBe(403);
  expect(await handshake(base.replace('/console', '/other'))).toBe(404);
  expect(terminal.endpoint.state).toBe('live');
  terminal.endpoint.end('closed', '');
});

test('no more sessions than the PBX allows, and the browser is told why', async () => {
  await eventually('earlier ones to be gone', async () => {
    return (await openSessions()) === 0;
  });
  const terminals = [await open(), await open(), await open()];
  await Promise.all(terminals.map((terminal) => terminal.until(/[$#] /)));
  const fourth = await open();
  expect(await fourth.over).toMatchObject({ code: 'refused', reason: /3 consoles are open/ });
  for (const terminal of terminals) terminal.endpoint.end('closed', '');
});

test('a frame that breaks the protocol ends the session', async () => {
  const terminal = await open();
  await eventually('it to be live', () => terminal.endpoint.state === 'live');
  terminal.raw('{"v":1,"t":"out","n":1,"d":"YQ=="}');
  expect(await terminal.over).toMatchObject({ code: 'protocol' });
});
