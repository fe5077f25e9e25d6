import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freePort } from '#standalone/free-port.ts';
import { eventually } from '#test/support/trial-system.ts';

let folder: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'odoopbx-start-'));
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function run(script: string, args: readonly string[], env: Record<string, string> = {}) {
  const started = spawn(process.execPath, [join(import.meta.dirname, '../../standalone', script), ...args], {
    env: { PATH: process.env['PATH'] ?? '', STATE_DIR: join(folder, 'state'), ...env },
    cwd: folder,
  });
  children.push(started);
  const output = { text: '' };
  for (const stream of [started.stdout, started.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output.text += text;
    });
  }
  const exited = once(started, 'exit') as Promise<[number | null]>;
  return { started, output, exited };
}

describe('npm start', () => {
  test('with nothing set shows a first call from end to end, and stops cleanly', async () => {
    const { started, output, exited } = run('main.ts', []);
    const page = await eventually('the page', () => /Page +(http\S+)/.exec(output.text)?.[1]);
    expect(output.text).toContain('simulated');
    expect(output.text).toContain('stand-in');
    expect((await fetch(page)).status).toBe(200);
    const stop = new AbortController();
    const stream = await fetch(`${page}/events`, { signal: stop.signal });
    let text = '';
    for await (const chunk of stream.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (/"disposition":"/.test(text)) break;
    }
    stop.abort();
    started.kill('SIGINT');
    expect(await exited).toEqual([0, null]);
  }, 60_000);

  test('takes the next port for the page, unless it was told which', async () => {
    const first = run('main.ts', [], { CALLS_PER_MINUTE: '0' });
    const page = await eventually('the page', () => /Page +\S+:(\d+)/.exec(first.output.text)?.[1]);
    const second = run('main.ts', [], { STATE_DIR: join(folder, 'other'), PAGE_PORT: page });
    expect((await second.exited)[0]).toBe(1);
    expect(second.output.text).toContain('the port is taken');
    const third = run('main.ts', [], { STATE_DIR: join(folder, 'third') });
    const other = await eventually('its page', () => /Page +\S+:(\d+)/.exec(third.output.text)?.[1]);
    expect(Number(other)).toBeGreaterThan(Number(page));
    for (const { started, exited } of [first, third]) {
      started.kill('SIGTERM');
      expect((await exited)[0]).toBe(0);
    }
  }, 60_000);

  test('says what is wrong with the environment, and stops with 2', async () => {
    const { output, exited } = run('main.ts', [], { ODOO_URL: 'https://odoo.example.com' });
    expect((await exited)[0]).toBe(2);
    expect(output.text).toMatch(/ODOO_DB: is missing[^]*ODOO_LOGIN: is missing/);
  });

  test('--help names what may be set', async () => {
    const { output, exited } = run('main.ts', ['--help']);
    expect((await exited)[0]).toBe(0);
    expect(output.text).toContain('ODOO_URL');
  });
});

describe('the agent’s command line', () => {
  test('with neither an Odoo nor a cloud says that one of them is needed', async () => {
    const config = join(folder, 'agent.yaml');
    const user = '{ username: a, secret: b }';
    writeFileSync(config, `pbx: home_pbx\nstateDir: ${folder}\nami: { events: ${user}, actions: ${user} }\n`);
    const { output, exited } = run('agent.ts', ['run', '--config', config]);
    expect((await exited)[0]).toBe(2);
    expect(output.text).toMatch(/cloud: is missing.*odoo/);
  });

  test('with an Odoo runs the whole system', async () => {
    const config = join(folder, 'agent.yaml');
    const [amiPort, odooPort, doorPort] = [
      await freePort(21_000),
      await freePort(22_000),
      await freePort(23_000),
    ];
    const user = '{ username: a, secret: b }';
    const lines = [
      'pbx: home_pbx',
      `stateDir: ${folder}/state`,
      `ami: { port: ${amiPort}, events: ${user}, actions: ${user} }`,
      `odoo: { url: "http://127.0.0.1:${odooPort}", db: d, login: l, secret: s }`,
      `door: { port: ${doorPort}, keys: [{ secret: 0123456789abcdef }] }`,
    ];
    writeFileSync(config, `${lines.join('\n')}\n`);
    const { started, output, exited } = run('agent.ts', ['run', '--config', config]);
    await eventually('the door', async () => {
      const answer = await fetch(`http://127.0.0.1:${doorPort}/health`).catch(() => undefined);
      return answer?.ok;
    });
    const status = run('agent.ts', ['status', '--config', config]);
    expect((await status.exited)[0]).toBe(3);
    expect(status.output.text).toContain('home_pbx');
    started.kill('SIGTERM');
    expect((await exited)[0], output.text).toBe(0);
  }, 40_000);
});
