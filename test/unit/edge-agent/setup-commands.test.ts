import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Host } from '#core/ports/host.ts';
import { createAgentCli } from '#edge-agent/cli.ts';
import { readConfigFile } from '#edge-agent/config/read-config.ts';
import { agentConfigSchema } from '#edge-agent/config/schema.ts';
import { type SetupWorld, systemSetupWorld } from '#edge-agent/setup-commands.ts';
import { cloudAddress, someCode } from '#test/support/enroll-server.ts';
import { createTestCa } from '#test/support/test-ca.ts';

let folder: string;
let out: string[];
let ran: string[];
let posted: { url: string; proxyEnv: unknown }[];
let env: Record<string, string>;
let systemd: boolean;
/** Exit codes of systemctl, by verb. */
let codes: Record<string, number>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'setup-'));
  [out, ran, posted, env, systemd, codes] = [[], [], [], {}, true, {}];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const configFile = () => join(folder, 'etc/acme_hq.yaml');
const config = () => readConfigFile(configFile(), agentConfigSchema, {}).config;

async function agent(...args: string[]): Promise<number> {
  const ca = await createTestCa();
  const host: Host = {
    ...systemSetupWorld.host,
    // Whoever runs the test stands for root and for the service's user.
    isRoot: true,
    user: () => ({ uid: userInfo().uid, gid: userInfo().gid }),
    list: (path) => {
      if (path === '/run/systemd') return systemd ? ['system'] : [];
      return systemSetupWorld.host.list(path);
    },
    run(program, words) {
      ran.push([program, ...words].join(' '));
      const stdout = words[0] === 'is-active' ? 'active\n' : '';
      return Promise.resolve({ code: codes[words[0] ?? ''] ?? 0, stdout, stderr: '' });
    },
  };
  const setup: SetupWorld = {
    ...systemSetupWorld,
    host,
    clock: { now: Date.now, sleep: () => Promise.resolve() },
    serviceFolders: { configDir: join(folder, 'etc'), stateRoot: join(folder, 'var') },
    async post(url, { csr }, { proxyEnv }) {
      posted.push({ url: url.href, proxyEnv });
      return { pbx: 'acme_hq', ...(await ca.signRequest(csr)), cloud: cloudAddress('acme_hq') };
    },
  };
  const say = (text: string) => void out.push(text);
  const world = { env, stdout: say, stderr: say, now: Date.now };
  return createAgentCli({ version: '1', run: () => Promise.resolve(), world, setup }).main(args);
}
const enroll = (...flags: string[]) => agent('enroll', 'https://api.example.com', someCode, ...flags);

// Only root may give a file to the owner that enroll gives it.
describe.skipIf(process.getuid?.() !== 0)('enroll', () => {
  test('writes a valid configuration, then enables and starts the instance', async () => {
    expect(await enroll(), out.join('\n')).toBe(0);
    expect(posted).toEqual([{ url: 'https://api.example.com/enroll', proxyEnv: {} }]);
    expect(config()).toMatchObject({ pbx: 'acme_hq', stateDir: join(folder, 'var/acme_hq') });
    expect(ran).toEqual(
      ['enable', 'restart', 'is-active'].map((verb) => `systemctl ${verb} odoopbx-agent@acme_hq.service`),
    );
    expect(out.join('\n')).toContain(`odoopbx-agent setup-ami --config ${configFile()}`);
    expect(out.join('\n')).not.toContain(someCode);
  });

  test('without systemd, with --no-service or in another folder it says what to run', async () => {
    expect(await enroll('--no-service')).toBe(0);
    systemd = false;
    expect(await enroll()).toBe(0);
    systemd = true;
    expect(await enroll('--config-dir', join(folder, 'else'))).toBe(0);
    expect(ran).toEqual([]);
    expect(out.at(-1)).toBe(
      `Start the agent: odoopbx-agent run --config ${join(folder, 'else/acme_hq.yaml')}`,
    );
  });

  test('the service fails: the identity stays, and it says so', async () => {
    codes = { restart: 1 };
    expect(await enroll()).toBe(1);
    expect(out.at(-1)).toMatch(
      /Enrolled: the code is used and the identity of acme_hq is in place\. But:\n {2}systemctl restart/,
    );
    expect(config().pbx).toBe('acme_hq');
  });

  test('a configuration that is wrong elsewhere starts no service', async () => {
    await enroll();
    ran.length = 0;
    writeFileSync(configFile(), `${readFileSync(configFile(), 'utf8')}nonsense: 1\n`);
    expect(await enroll()).toBe(1);
    expect(out.at(-1)).toContain('nonsense: is no setting');
    expect(ran).toEqual([]);
  });

  test('AMI from the command line, from AMI_*, else its own', async () => {
    await enroll('--ami-port', '5138', '--ami-events-user', 'listener');
    expect(config().ami).toMatchObject({
      port: 5138,
      events: { username: 'listener' },
      actions: { username: 'acme_hq_actions' },
    });
    expect(config().ami.events.secret).toMatch(/^[\w-]{32}$/);
    expect(config().ami.events.secret).not.toBe(config().ami.actions.secret);
    rmSync(join(folder, 'etc'), { recursive: true });
    env = { AMI_HOST: '127.0.0.2', AMI_USER: 'both', AMI_SECRET: 'known' };
    await enroll();
    const user = { username: 'both', secret: 'known' };
    expect(config().ami).toMatchObject({ host: '127.0.0.2', events: user, actions: user });
  });

  test('the proxy of the environment or of the command line is kept for the service', async () => {
    env = { HTTPS_PROXY: 'http://proxy.example.com:3128' };
    await enroll();
    expect(config().cloud?.proxy).toBe('http://proxy.example.com:3128');
    await enroll('--proxy', 'http://other.example.com:8080');
    expect(posted.at(-1)?.proxyEnv).toEqual({ HTTPS_PROXY: 'http://other.example.com:8080' });
    expect(config().cloud?.proxy).toBe('http://other.example.com:8080');
  });

  test.each([
    [['--proxy', 'proxy:3128'], 'http://host:port'],
    [['--ca', '/nowhere.pem'], '/nowhere.pem is not there'],
    [['--ca', '/dev/null'], 'holds no PEM certificate'],
    [['--ami-port', '70000'], 'a port is 1 to 65535'],
  ])('%j is refused before the code is used, with exit code 2', async (flags, message) => {
    expect(await enroll(...flags)).toBe(2);
    expect(out.join('\n')).toContain(message);
    expect(posted).toEqual([]);
  });
});

test('setup-ami needs a valid configuration', async () => {
  expect(await agent('setup-ami', '--config', join(folder, 'none.yaml'))).toBe(2);
  expect(out.at(-1)).toContain('can not be read');
});
