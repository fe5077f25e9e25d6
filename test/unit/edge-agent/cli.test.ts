import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createAgentCli } from '#edge-agent/cli.ts';
import type { AgentConfig } from '#edge-agent/config/schema.ts';
import { writeStatusFile } from '#edge-agent/status/status-file.ts';
import { agentStatus } from '#test/support/agent-statuses.ts';

const now = 1_790_000_000_000;

function cli(run: (config: AgentConfig, stop: AbortSignal) => Promise<void> = async () => {}) {
  const folder = mkdtempSync(join(tmpdir(), 'cli-'));
  const config = join(folder, 'agent.yaml');
  writeFileSync(config, `pbx: acme_hq\nstateDir: ${folder}\nami:\n  events: { username: e, secret: x }\n  actions: { username: a, secret: x }\n`);
  chmodSync(config, 0o600);
  const out: string[] = [];
  const err: string[] = [];
  const world = { env: {}, stdout: (text: string) => out.push(text), stderr: (text: string) => err.push(text), now: () => now };
  const { main } = createAgentCli({ version: '1.2.3', run, world });
  return { folder, config, out, err, main };
} // prettier-ignore

test('--version and --help succeed, a wrong command line does not', async () => {
  const { main, out, err } = cli();
  expect(await main(['--version'])).toBe(0);
  expect(out).toEqual(['1.2.3']);
  expect(await main(['--help'])).toBe(0);
  expect(out.join('\n')).toMatch(/run.*\n.*status.*\n.*check-config[\s\S]*Exit codes/);
  expect(await main(['frobnicate'])).toBe(2);
  expect(err.join('\n')).toContain('frobnicate');
  expect(await main([])).toBe(2);
});

describe('check-config', () => {
  test('says that a file is valid', async () => {
    const { main, config, out } = cli();
    expect(await main(['check-config', '--config', config])).toBe(0);
    expect(out).toEqual([`${config}: valid (PBX acme_hq)`]);
  });

  test('lists the problems of one that is not, with exit code 2', async () => {
    const { main, config, err } = cli();
    writeFileSync(config, 'pbx: x\nfoo: 1\n');
    expect(await main(['check-config', '--config', config])).toBe(2);
    expect(err.at(-1)).toMatch(/^odoopbx-agent: .*agent\.yaml:\n {2}.*\n {2}.*\n {2}foo: is no setting/);
  });
});

describe('status', () => {
  test('no agent yet: 3', async () => {
    const { main, config, out } = cli();
    expect(await main(['status', '-c', config])).toBe(3);
    expect(out[0]).toMatch(/^offline: no agent has run/);
  });

  test('online: 0, as a table or as JSON', async () => {
    const { main, config, folder, out } = cli();
    writeStatusFile(folder, { status: agentStatus('acme_hq', now / 1000 - 30), everySeconds: 60, pid: 7 });
    expect(await main(['status', '-c', config])).toBe(0);
    expect(out[0]).toMatch(/State +online, heard of 30 s ago/);
    expect(await main(['status', '--json', '-c', config])).toBe(0);
    expect(JSON.parse(out[1]!)).toMatchObject({ state: 'online', pid: 7, status: { pbx: 'acme_hq' } });
  });

  test('needs none of the secrets that only the service has', async () => {
    const { main, config, folder, out } = cli();
    writeFileSync(config, `stateDir: ${folder}\nami: { events: { username: e, secretEnv: NOT_HERE } }\n`);
    writeStatusFile(folder, { status: agentStatus('acme_hq', now / 1000), everySeconds: 60, pid: 7 });
    expect(await main(['status', '-c', config])).toBe(0);
    expect(out[0]).toContain('online');
    writeFileSync(config, 'stateDir: 5');
    expect(await main(['status', '-c', config])).toBe(2);
  });

  test('stale: 3', async () => {
    const { main, config, folder, out } = cli();
    writeStatusFile(folder, { status: agentStatus('acme_hq', now / 1000 - 300), everySeconds: 60, pid: 7 });
    expect(await main(['status', '-c', config])).toBe(3);
    expect(out[0]).toContain('stale');
  });
});

describe('run', () => {
  test('runs with the configuration until a signal, then shuts down', async () => {
    const order: string[] = [];
    const { main, config, err } = cli(async ({ pbx }, stop) => {
      order.push(pbx);
      const stopped = new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve()));
      process.emit('SIGTERM', 'SIGTERM');
      await stopped;
      order.push('drained');
    });
    const listeners = process.listenerCount('SIGTERM');
    expect(await main(['run', '-c', config])).toBe(0);
    expect(order).toEqual(['acme_hq', 'drained']);
    expect(err.join('\n')).toContain('stopping');
    expect(process.listenerCount('SIGTERM')).toBe(listeners);
  });

  test('a second signal ends it at once', async () => {
    const { config } = cli();
    const script = `
      import { createAgentCli } from '#edge-agent/cli.ts';
      const run = () => { process.stdout.write('running'); return new Promise(() => setInterval(() => {}, 1000)); };
      process.exitCode = await createAgentCli({ version: '1', run }).main(['run', '-c', ${JSON.stringify(config)}]);`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = new Promise((resolve) => child.on('exit', (code) => resolve(code)));
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    await once(child.stderr, 'data');
    child.kill('SIGTERM');
    expect(await ended).toBe(143);
  });

  test('an error is one line and exit code 1', async () => {
    const { main, config, err } = cli(() => Promise.reject(new Error('the disk is gone')));
    expect(await main(['run', '-c', config])).toBe(1);
    expect(err).toEqual(['odoopbx-agent: the disk is gone']);
  });
});
