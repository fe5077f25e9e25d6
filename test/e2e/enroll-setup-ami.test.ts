import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createAgentCli } from '#edge-agent/cli.ts';
import { readConfigFile } from '#edge-agent/config/read-config.ts';
import { agentConfigSchema } from '#edge-agent/config/schema.ts';
import { freePort } from '#standalone/free-port.ts';
import { type EnrollServer, someCode, startEnrollServer } from '#test/support/enroll-server.ts';
import { createTestCa } from '#test/support/test-ca.ts';
import { describeOnLab } from './support/bench.ts';
import { type OwnAsterisk, startOwnAsterisk } from './support/own-asterisk.ts';

const debian = {
  'manager.conf':
    '[general]\nenabled = no\nport = {{port}}\nbindaddr = 0.0.0.0\n#include "manager.d/*.conf"\n\n[other]\nsecret = theirs\nread = call\n',
  'manager.d/README.conf': '; files of others\n',
};
const freePbx = {
  'manager.conf':
    '[general]\nenabled = yes\nport = {{port}}\nbindaddr = 127.0.0.1\n[admin]\nsecret = amp\nread = all\nwrite = all\n#include manager_additional.conf\n#include manager_custom.conf',
  'manager_additional.conf': '',
  'manager_custom.conf': '[theirs]\nsecret = x\nread = call\n',
};
const plain = {
  'manager.conf': '[general]\nenabled = yes\nport = {{port}}\nbindaddr = 127.0.0.1\ntimestampevents = yes\n',
};

/** enroll and setup-ami against a real Asterisk, a server with a test CA, and this machine's files. */
describeOnLab('enroll and setup-ami', ({ lab }) => {
  let asterisk: OwnAsterisk;
  let server: EnrollServer;
  let folder: string;
  let err: string[];
  const path = (...parts: string[]) => join(folder, ...parts);

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'enroll-'));
    err = [];
    const ca = await createTestCa();
    server = await startEnrollServer(ca);
    writeFileSync(path('ca.pem'), ca.certificatePem);
  });
  afterEach(async () => {
    await asterisk.stop();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function begin(files: Readonly<Record<string, string>>) {
    asterisk = await startOwnAsterisk(lab.asterisk, await freePort(25_940), files);
  }
  function agent(...args: string[]) {
    const world = { env: {}, stdout: () => {}, stderr: (text: string) => err.push(text), now: Date.now };
    const run = () => Promise.resolve();
    return createAgentCli({ version: '1', run, world }).main(args);
  }
  const amiFlags = () => ['--asterisk', asterisk.program, '--asterisk-config-dir', asterisk.configDir];
  const enrollPbx = (...flags: string[]) =>
    agent(
      'enroll', server.url, someCode, '--ca', path('ca.pem'), '--config-dir', path('etc'),
      '--state-dir', path('var'), '--no-service', ...flags, ...(flags.includes('--setup-ami') ? amiFlags() : []),
    ); // prettier-ignore
  const setupAmi = (...flags: string[]) =>
    agent('setup-ami', '--config', path('etc/acme_hq.yaml'), ...amiFlags(), ...flags);
  const config = () => readConfigFile(path('etc/acme_hq.yaml'), agentConfigSchema, {}).config;
  const asteriskFile = (name: string) => readFileSync(join(asterisk.configDir, name), 'utf8');

  test('Debian: switches AMI on for this machine alone, in files of its own', async () => {
    await begin(debian);
    expect(await enrollPbx('--setup-ami'), err.join('\n')).toBe(0);
    expect(err.join('\n')).toMatch(/acme_hq_events logs in at 127\.0\.0\.1:\d+ and hears events/);
    expect(err.join('\n')).toMatch(/acme_hq_actions logs in and acts: Asterisk 22\.\S+, system name own/);
    expect(readdirSync(join(asterisk.configDir, 'manager.d'))).toEqual([
      'README.conf',
      'odoopbx_acme_hq.conf',
      'odoopbx_general.conf',
    ]);
    expect(asteriskFile('manager.conf')).toBe(debian['manager.conf'].replace('{{port}}', `${asterisk.port}`));
    expect(await asterisk.cli('manager show settings')).toMatch(
      new RegExp(`TCP Bindaddress: +127\\.0\\.0\\.1:${asterisk.port}\\b[\\s\\S]*Timestamp events: +Yes`),
    );
    // The configuration learnt the port; it is valid, and check-config says so.
    expect(config().ami).toMatchObject({ host: '127.0.0.1', port: asterisk.port });
    expect(await agent('check-config', '--config', path('etc/acme_hq.yaml'))).toBe(0);

    const events = await asterisk.cli('manager show user acme_hq_events');
    expect(events).toMatch(/read perm: system,call,agent,user,dtmf,reporting,cdr,dialplan\n/);
    expect(events).toMatch(/write perm: <none>/);
    expect(events).toMatch(/deny - 0\.0\.0\.0\/0\.0\.0\.0[\s\S]*allow - 127\.0\.0\.1\/255\.255\.255\.255/);
    const actions = await asterisk.cli('manager show user acme_hq_actions');
    expect(actions).toMatch(/read perm: <none>/);
    expect(actions).toMatch(/write perm: call,reporting,originate\n/);
    const file = statSync(join(asterisk.configDir, 'manager.d/odoopbx_acme_hq.conf'));
    expect([file.mode & 0o777, file.uid]).toEqual([0o640, 0]);
    // `[general](+)` went where it belongs: the user after the include is as it was.
    expect(await asterisk.cli('manager show user other')).toMatch(/read perm: call\n/);
  });

  test('a second run changes nothing and keeps the secrets', async () => {
    await begin(debian);
    await enrollPbx('--setup-ami');
    const names = ['odoopbx_acme_hq.conf', 'odoopbx_general.conf'].map((name) => `manager.d/${name}`);
    const before = names.map(asteriskFile);
    expect(await setupAmi(), err.join('\n')).toBe(0);
    expect(err.join('\n')).toContain('Everything is written already');
    expect(names.map(asteriskFile)).toEqual(before);
  });

  test('FreePBX: one line in manager_custom.conf, a copy of it kept', async () => {
    await begin(freePbx);
    expect(await enrollPbx('--setup-ami'), err.join('\n')).toBe(0);
    expect(asteriskFile('manager.conf')).not.toContain('odoopbx');
    expect(asteriskFile('manager_custom.conf')).toContain('\n#tryinclude "manager_odoopbx.d/*.conf"\n');
    expect(asteriskFile('manager_custom.conf.before-odoopbx')).toBe(freePbx['manager_custom.conf']);
    expect(await setupAmi()).toBe(0);
    expect(asteriskFile('manager_custom.conf').match(/#tryinclude/g)).toHaveLength(1);
  });

  test('a plain manager.conf gets the line at its end', async () => {
    await begin(plain);
    expect(await enrollPbx('--setup-ami'), err.join('\n')).toBe(0);
    expect(asteriskFile('manager.conf')).toMatch(/timestampevents = yes\n\n;.*\n#tryinclude ".*"\n$/);
    expect(readdirSync(join(asterisk.configDir, 'manager_odoopbx.d'))).toEqual(['odoopbx_acme_hq.conf']);
  });

  test('a dry run writes nothing and shows no secret', async () => {
    await begin(plain);
    expect(await enrollPbx()).toBe(0);
    err.length = 0;
    expect(await setupAmi('--dry-run'), err.join('\n')).toBe(0);
    const said = err.join('\n');
    expect(said).toMatch(/Would write .*odoopbx_acme_hq\.conf[\s\S]*\[acme_hq_events\]/);
    expect(said).not.toContain(config().ami.events.secret);
    expect(readdirSync(asterisk.configDir).filter((name) => name.includes('odoopbx'))).toEqual([]);
    expect(await asterisk.cli('manager show users')).toContain('no manager users');
  });

  test('static filters let through what is named and what the agent itself needs', async () => {
    await begin(plain);
    expect(await enrollPbx('--setup-ami', '--ami-filter', 'Cdr,UserEvent'), err.join('\n')).toBe(0);
    expect(asteriskFile('manager_odoopbx.d/odoopbx_acme_hq.conf')).toContain(
      'eventfilter(name(UserEvent),action(include)) =',
    );
    // The check heard FullyBooted, so the filters were understood.
    expect(err.join('\n')).toContain('hears events');
  });

  describe('what goes wrong is said, and taken back', () => {
    test('a user of that name that is not ours', async () => {
      await begin({
        'manager.conf': `${plain['manager.conf']}[acme_hq_events]\nsecret = other\nread = call\n`,
      });
      expect(await enrollPbx('--setup-ami')).toBe(1);
      expect(err.at(-1)).toMatch(/Enrolled: [\s\S]*acme_hq_events that is not ours/);
      expect(readdirSync(asterisk.configDir).filter((name) => name.includes('odoopbx'))).toEqual([]);
    });

    test('Asterisk does not take it over', async () => {
      // An include that fails makes Asterisk refuse the whole file: the old users stay.
      await begin(plain);
      writeFileSync(
        join(asterisk.configDir, 'manager.conf'),
        `${asteriskFile('manager.conf')}#include missing.conf\n`,
      );
      expect(await enrollPbx('--setup-ami')).toBe(1);
      expect(err.at(-1)).toContain('did not take over the user acme_hq_events');
      expect(err.at(-1)).toContain('taken back');
      expect(asteriskFile('manager.conf')).not.toContain('odoopbx');
      expect(readdirSync(asterisk.configDir).filter((name) => name === 'manager_odoopbx.d')).toEqual([]);
    });

    test('no Asterisk', async () => {
      await begin(plain);
      await enrollPbx();
      const missing = ['--asterisk', path('nowhere'), '--asterisk-config-dir', asterisk.configDir];
      expect(await agent('setup-ami', '--config', path('etc/acme_hq.yaml'), ...missing)).toBe(1);
      expect(err.at(-1)).toMatch(/there is no program .*nowhere: is Asterisk on this machine/);
    });
  });
});
