import { expect, test } from 'vitest';
import { openPty, type Pty } from '#edge-agent/console/pty.ts';
import { systemClock } from '#edge-agent/system-clock.ts';
import { waitFor } from '#test/e2e/support/wait-for.ts';

const env = { PATH: '/usr/bin:/bin', TERM: 'xterm' };

function run(script: string) {
  let output = '';
  let bytes = 0;
  const exit = Promise.withResolvers<number | null>();
  const pty: Pty = openPty({
    argv: ['sh', '-c', script],
    env,
    cwd: '/',
    cols: 100,
    rows: 30,
    data(data) {
      bytes += data.length;
      output = (output + Buffer.from(data).toString()).slice(-100_000);
    },
    exit: (code) => exit.resolve(code),
  });
  return { pty, output: () => output, bytes: () => bytes, exit: exit.promise };
}

test('a program has a terminal of the size that was asked for, and of the next', async () => {
  const { pty, output, exit } = run('tty -s && stty size; read x; stty size; exit 7');
  await waitFor('the size', async () => output().includes('30 100'));
  pty.resize(132, 43);
  pty.write(Buffer.from('\r'));
  expect(await exit).toBe(7);
  expect(output()).toContain('43 132');
});

test('it sees the environment that it is given, and nothing of this process', async () => {
  process.env['ODOOPBX_TEST_SECRET'] = 'secret';
  const { output, exit } = run('env');
  await exit;
  expect(output()).toContain('TERM=xterm');
  expect(output()).not.toContain('ODOOPBX_TEST_SECRET');
});

test('output that was not read yet when the program ended is not lost', async () => {
  const { pty, bytes, exit } = run('head -c 3000 /dev/zero | tr "\\0" x');
  pty.pause();
  await systemClock.sleep(1500);
  pty.resume();
  expect(await exit).toBe(0);
  expect(bytes()).toBe(3000);
});

test('a program that is held up stands still', async () => {
  const { pty, bytes, exit } = run('i=0; while [ $i -lt 3000 ]; do echo 0123456789; i=$((i+1)); done');
  pty.pause();
  await systemClock.sleep(300);
  expect(bytes()).toBeLessThan(100_000);
  pty.resume();
  expect(await exit).toBe(0);
  expect(bytes()).toBe(3000 * 12);
});

test('hanging up ends it, one that does not want to go as well', async () => {
  const polite = run('read x');
  polite.pty.hangUp(5000);
  expect(await polite.exit).toBeNull();
  const stubborn = run('trap "" HUP; echo ready; while :; do sleep 0.1; done');
  await waitFor('the trap', async () => stubborn.output().includes('ready'));
  stubborn.pty.hangUp(300);
  expect(await stubborn.exit).toBeNull();
});

test('what it leaves in the background does not hold the session', async () => {
  const { exit } = run('trap "" HUP; (sleep 30) & exit 0');
  expect(await exit).toBe(0);
});

test('a program that is not there exits', async () => {
  const exit = Promise.withResolvers<number | null>();
  openPty({
    argv: ['/no/such/program'],
    env,
    cwd: '/',
    cols: 80,
    rows: 24,
    data: () => {},
    exit: (code) => exit.resolve(code),
  });
  expect(await exit.promise).toBe(1);
});
