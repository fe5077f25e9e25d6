import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { messageOf } from '#core/errors/odoopbx-error.ts';
import { installOnHost } from '#scripts/lab/debian-root.ts';
import { run } from '#scripts/lab/run.ts';
import { architectures, type Architecture } from '#scripts/package/architectures.ts';
import { buildDeb, type BuiltDeb } from '#scripts/package/build-deb.ts';
import { buildRepository } from '#scripts/package/build-repository.ts';
import { freePort } from '#standalone/free-port.ts';
import { describeOnLab } from './support/bench.ts';
import { PackageHost } from './support/package-host.ts';
import { ThrowawayRoot } from './support/throwaway-root.ts';
import { waitFor } from './support/wait-for.ts';

const arch: Architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
const pbx = 'acme_pkg';
const configFile = `/etc/odoopbx-agent/${pbx}.yaml`;
const stateDir = `/var/lib/odoopbx-agent/${pbx}`;
const unit = `odoopbx-agent@${pbx}.service`;

/** Stands for systemd: one agent runs; what it is asked to do is written down. */
const systemctl = `#!/bin/sh
echo "$*" >>/run/systemctl.log
case "$*" in
*list-units*) echo '${unit} loaded active running agent' ;;
*is-enabled*) echo enabled ;;
esac
`;

describeOnLab('the agent’s package', ({ lab, agentUser }) => {
  const work = mkdtempSync(join(tmpdir(), 'odoopbx-package-test-'));
  const host = new PackageHost();
  let root: ThrowawayRoot;
  let leftOut: string | undefined;
  let first: BuiltDeb;
  let second: BuiltDeb;
  let keyFile: string;

  const inRoot = (...argv: string[]) => root.run(argv, { allowFailure: true });
  const systemctlLog = (): string => readFileSync(join(root.changes, 'run/systemctl.log'), 'utf8');
  const installed = async (): Promise<string> =>
    (await inRoot('dpkg-query', '-W', '-f', '${Status} ${Version}', 'odoopbx-agent')).stdout;
  const build = (revision: number, out: string) =>
    buildDeb({ arch, out: join(work, out), revision, level: 0 });
  const install = (...args: string[]) =>
    root.run(['sh', '-s', '--', ...args], {
      input: readFileSync(join(host.folder, 'install.sh'), 'utf8'),
      allowFailure: true,
    });

  async function makeKey(): Promise<string> {
    const home = mkdtempSync(join(tmpdir(), 'gpg-'));
    const gpg = ['gpg', '--homedir', home, '--batch', '--quiet', '--pinentry-mode', 'loopback'];
    const name = 'Packages <packages@example.org>';
    await run([...gpg, '--passphrase', '', '--quick-generate-key', name, 'ed25519', 'sign', 'never']);
    const file = join(work, `${basename(home)}.key`);
    await run([...gpg, '--output', file, '--export-secret-keys']);
    await run(['gpgconf', '--homedir', home, '--kill', 'all']);
    rmSync(home, { recursive: true, force: true });
    return file;
  }

  beforeAll(async () => {
    try {
      root = await ThrowawayRoot.make();
    } catch (error) {
      if (process.env['CI'] === 'true') throw error;
      leftOut = messageOf(error);
      return;
    }
    await installOnHost(['apt-utils', 'gnupg', 'dpkg', 'xz-utils', architectures[arch].binutils]);
    await host.start();
    first = await build(1, 'first');
    second = await build(2, 'second');
    keyFile = await makeKey();
    host.folder = join(work, 'repository');
    await buildRepository({ out: host.folder, from: join(work, 'first'), url: host.url, keyFile });
    await inRoot('mkdir', '-p', '/run/systemd/system');
    await root.write('/usr/bin/systemctl', systemctl, '755');
    // The lab's root keeps services from starting and leaves documentation out; this one is a PBX.
    await inRoot('rm', '-f', '/usr/sbin/policy-rc.d', '/etc/dpkg/dpkg.cfg.d/90lab');
  });
  beforeEach(({ skip }) => skip(leftOut !== undefined, leftOut));
  afterAll(async () => {
    rmSync(work, { recursive: true, force: true });
    if (leftOut !== undefined) return;
    await host.stop();
    root.remove();
  });

  it('is the same, byte for byte, when it is built again', async () => {
    const again = await build(1, 'again');
    expect(readFileSync(again.file).equals(readFileSync(first.file))).toBe(true);
  });

  it('holds against lintian, where that is installed', () => {
    const { error, stdout } = spawnSync('lintian', ['--fail-on', 'error,warning', first.file], {
      encoding: 'utf8',
    });
    if (error === undefined) expect(stdout).toBe('');
  });

  it('is refused on a system that is not of Debian’s family', async () => {
    await inRoot('mv', '/etc/os-release', '/etc/os-release.kept');
    await root.write('/etc/os-release', 'ID=fedora\n', '644');
    const { code, stderr } = await install();
    await inRoot('mv', '/etc/os-release.kept', '/etc/os-release');
    expect(code).toBe(1);
    expect(stderr).toContain('this system says it is fedora');
    expect(existsSync(join(root.changes, 'etc/apt/sources.list.d/odoopbx.sources'))).toBe(false);
  });

  it('is not taken from a repository that somebody else changed or signed', async () => {
    host.tamper = (path, content) =>
      path.endsWith('/InRelease')
        ? Buffer.from(content.toString().replace('Suite: stable', 'Suite: Stable'))
        : content;
    const changed = await install();
    host.tamper = (_, content) => content;
    expect(changed).toMatchObject({ code: 1, stderr: expect.stringContaining('can not be read') });

    const own = host.folder;
    host.folder = join(work, 'strange');
    cpSync(own, host.folder, { recursive: true });
    await buildRepository({
      out: host.folder,
      from: join(work, 'first'),
      url: host.url,
      keyFile: await makeKey(),
    });
    cpSync(join(own, 'install.sh'), join(host.folder, 'install.sh'));
    const strange = await install();
    host.folder = own;
    expect(strange).toMatchObject({ code: 1, stderr: expect.stringContaining('can not be read') });
    expect(await installed()).toBe('');
  });

  it('is installed by one line, and tells that the platform refused the code', async () => {
    const { code, stderr } = await install(host.url, '0123456789ABCDEFGHJKMNPQRS', '--no-service');
    expect(stderr).toContain('This code was used already');
    expect(code).not.toBe(0);
    expect(host.enrolments).toHaveLength(1);
    expect(await installed()).toBe(`install ok installed ${first.version}`);
    const access = await inRoot('stat', '-c', '%a %U:%G %n', '/etc/odoopbx-agent', '/var/lib/odoopbx-agent');
    expect(access.stdout).toBe(
      '750 root:odoopbx-agent /etc/odoopbx-agent\n750 odoopbx-agent:odoopbx-agent /var/lib/odoopbx-agent\n',
    );
    expect(systemctlLog()).toContain('daemon-reload');
    expect(systemctlLog()).not.toContain('restart');
    expect((await inRoot('dpkg', '--verify', 'odoopbx-agent')).stdout).toBe('');
    expect((await inRoot('dpkg', '-L', 'odoopbx-agent')).stdout).toContain(
      '/systemd/system/odoopbx-agent@.service',
    );
  });

  it('runs without any Node of the system', async () => {
    expect((await inRoot('sh', '-c', 'command -v node')).code).not.toBe(0);
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await inRoot('odoopbx-agent', '--version')).toMatchObject({
      code: 0,
      stdout: `${version}\n`,
      stderr: '',
    });
  });

  it('works between the real Asterisk and the real Odoo as the service would', async () => {
    const { events, actions } = lab.asterisk.users;
    const ports = { door: await freePort(28_600), page: await freePort(28_650) };
    const config = {
      pbx,
      stateDir,
      ami: { host: lab.asterisk.host, port: lab.asterisk.port, events, actions },
      odoo: { url: lab.odoo.url, db: lab.odoo.db, login: agentUser.login, secret: agentUser.apiKey },
      door: { port: ports.door, keys: [{ secret: 'a-key-of-the-test-alone' }] },
      page: { port: ports.page },
      statusSeconds: 10,
    };
    await root.write(configFile, JSON.stringify({ ...config, pbx: 'no' }), '640');
    expect(await inRoot('odoopbx-agent', 'check-config', '--config', configFile)).toMatchObject({ code: 2 });
    await root.write(configFile, JSON.stringify(config), '640');
    await inRoot('chgrp', 'odoopbx-agent', configFile);
    expect(await inRoot('odoopbx-agent', 'check-config', '--config', configFile)).toMatchObject({ code: 0 });
    await inRoot('install', '-d', '-o', 'odoopbx-agent', '-g', 'odoopbx-agent', stateDir);

    const agent = root.start(['/usr/bin/odoopbx-agent', 'run', '--config', configFile], 'odoopbx-agent');
    let output = '';
    agent.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    try {
      const state = async (): Promise<string> => {
        if (agent.exitCode !== null) throw new Error(`it ended with ${agent.exitCode}: ${output}`);
        const { stdout } = await inRoot('odoopbx-agent', 'status', '--json', '--config', configFile);
        return (JSON.parse(stdout) as { state: string }).state;
      };
      await waitFor('the agent to be online', async () => (await state()) === 'online');
      const page = await fetch(`http://127.0.0.1:${ports.page}/`);
      expect(await page.text()).toContain('<title>');
    } finally {
      agent.kill('SIGTERM');
    }
    expect(await once(agent, 'exit'), output).toEqual([0, null]);
    expect(existsSync(join(root.changes, stateDir, 'spool.db'))).toBe(true);
  });

  it('is brought up to date by the same line: what the administrator wrote and what waits stays', async () => {
    const settings = '/etc/default/odoopbx-agent';
    await root.write(settings, 'HTTPS_PROXY=http://proxy.example.org:3128\n', '644');
    const spool = readFileSync(join(root.changes, stateDir, 'spool.db'));
    const config = statSync(join(root.changes, configFile));
    await buildRepository({ out: host.folder, from: join(work, 'second'), url: host.url, keyFile });

    const { code, stderr } = await install();
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(await installed()).toBe(`install ok installed ${second.version}`);
    expect(systemctlLog().match(/.*\brestart\b.*/g)).toEqual([expect.stringContaining(unit)]);
    expect(systemctlLog()).not.toMatch(/\bstop\b/);
    expect(readFileSync(join(root.changes, settings), 'utf8')).toContain('proxy.example.org');
    expect(statSync(join(root.changes, configFile))).toMatchObject({
      mtimeMs: config.mtimeMs,
      mode: config.mode,
    });
    expect(readFileSync(join(root.changes, stateDir, 'spool.db')).equals(spool)).toBe(true);
  });

  it('keeps configuration and state when it is removed', async () => {
    expect(await inRoot('apt-get', 'remove', '-q', '-y', 'odoopbx-agent')).toMatchObject({ code: 0 });
    expect(systemctlLog().match(/^.*\bstop\b.*$/gm)).toEqual([expect.stringContaining(unit)]);
    expect((await inRoot('sh', '-c', 'command -v odoopbx-agent')).code).not.toBe(0);
    expect(existsSync(join(root.changes, configFile))).toBe(true);
    expect(existsSync(join(root.changes, stateDir, 'spool.db'))).toBe(true);
  });

  it('leaves nothing behind when it is purged', async () => {
    await inRoot('mkdir', '-p', '/etc/systemd/system/multi-user.target.wants');
    await inRoot('ln', '-s', '/usr/lib/systemd/system/odoopbx-agent@.service', `/etc/systemd/system/multi-user.target.wants/${unit}`); // prettier-ignore
    expect(await inRoot('apt-get', 'purge', '-q', '-y', 'odoopbx-agent')).toMatchObject({ code: 0 });
    await inRoot('apt-get', 'clean');
    const find = ['find', '/etc', '/usr', '/var', '/run', '/home', '-name', '*odoopbx-agent*'];
    expect((await inRoot(...find)).stdout).toBe('');
    expect(
      (await inRoot('grep', '-r', 'odoopbx-agent', '/etc/passwd', '/etc/group', '/etc/shadow')).stdout,
    ).toBe('');
  });
});
