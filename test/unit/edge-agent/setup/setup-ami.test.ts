import { beforeEach, describe, expect, test } from 'vitest';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { SetupAmiOptions } from '#edge-agent/setup/ami-options.ts';
import { setupAmi } from '#edge-agent/setup/setup-ami.ts';
import { manualClock } from '#test/support/manual-clock.ts';
import { type MemoryHost, memoryHost } from '#test/support/memory-host.ts';
import { managerSettings, managerUsers } from './asterisk-answers.ts';

let host: MemoryHost;
let said: string[];
let logins: string[];
/** What Asterisk has read at its last reload. */
let loaded: { users: string[]; bound?: string; timestamps: boolean };
let refuses = false;
const main = '/etc/asterisk/manager.conf';
const ours = '/etc/asterisk/manager.d/odoopbx_acme_hq.conf';
const general = '/etc/asterisk/manager.d/odoopbx_general.conf';

beforeEach(() => {
  host = memoryHost();
  said = [];
  logins = [];
  refuses = false;
  loaded = { users: [], bound: '127.0.0.1:5038', timestamps: true };
  host.put(main, '[general]\nenabled = yes\n#include "manager.d/*.conf"\n', {
    mode: 0o640,
    uid: 110,
    gid: 115,
  });
  host.answer = (line) => {
    if (!line.startsWith('asterisk -rx ')) return undefined;
    const command = line.slice('asterisk -rx '.length);
    if (command === 'core show version') return 'Asterisk 22.10.1 built by x';
    if (command === 'core show settings') return 'Configuration directory:     /etc/asterisk\n';
    if (command === 'manager show settings') return managerSettings(loaded);
    if (command === 'manager show users') return managerUsers(loaded.users);
    if (command === 'manager reload' && !refuses) reload();
    return '';
  };
});

function reload() {
  const text = [...host.files.values()].map(({ content }) => content).join('\n');
  loaded.users = [...text.matchAll(/^\[(?!general)([^\]]+)\]/gm)].map(([, name = '']) => name);
  if (text.includes('enabled = yes')) loaded.bound ??= '127.0.0.1:5038';
  loaded.timestamps ||= text.includes('timestampevents = yes');
}

const usual: SetupAmiOptions = {
  pbx: 'acme_hq',
  host: '127.0.0.1',
  port: 5038,
  events: { username: 'acme_hq_events', secret: 's1' },
  actions: { username: 'acme_hq_actions', secret: 's2' },
  tls: false,
  asterisk: 'asterisk',
  dryRun: false,
};
const clock = manualClock();
const run = (changes: Partial<SetupAmiOptions> = {}) =>
  setupAmi(
    { ...usual, ...changes },
    {
      host,
      clock,
      ownAddresses: ['192.0.2.7'],
      progress: (line) => said.push(line),
      checkLogin(address, { username }, as) {
        logins.push(`${username} ${as} ${address.host}:${address.port}`);
        return Promise.resolve({ asteriskVersion: '22.10.1', systemName: 'pbx1' });
      },
    },
  );
const failure = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error;

test('writes a file that Asterisk’s group can read, reloads, logs in with both', async () => {
  expect(await run()).toEqual({ host: '127.0.0.1', port: 5038 });
  expect(host.accessOf(ours)).toEqual({ mode: 0o640, uid: 0, gid: 115 });
  expect(host.readFile(general)).toBeUndefined();
  expect(logins).toEqual(['acme_hq_events events 127.0.0.1:5038', 'acme_hq_actions actions 127.0.0.1:5038']);
  expect(said.at(-1)).toContain('Asterisk 22.10.1, system name pbx1');
  expect(said.join('\n')).not.toMatch(/s1|s2/);
});

test('a second run writes nothing, one for another PBX its own file', async () => {
  loaded = { users: [], timestamps: false };
  await run();
  const before = new Map(host.files);
  expect(host.readFile(general)).toContain('enabled = yes');
  await run();
  expect(new Map(host.files)).toEqual(before);
  expect(said).toContain('Everything is written already');
  await run({
    pbx: 'acme_shop',
    events: { username: 'x', secret: 'x' },
    actions: { username: 'y', secret: 'y' },
  });
  expect(host.readFile(ours)).toBe(before.get(ours)?.content);
  expect(host.readFile(general)).toBe(before.get(general)?.content);
});

test('AMI is found where it listens', async () => {
  loaded.bound = '192.0.2.7:5138';
  expect(await run()).toEqual({ host: '192.0.2.7', port: 5138 });
  expect(host.readFile(ours)).toContain('permit = 192.0.2.7/255.255.255.255');
  expect(await run({ tls: true })).toEqual({ host: '127.0.0.1', port: 5038 });
});

test('a manager.conf of root’s: the group asterisk, where there is one', async () => {
  host.put(main, '#include "manager.d/*.conf"\n', { mode: 0o644 });
  host.groups = { asterisk: 115 };
  await run();
  expect(host.accessOf(ours)).toEqual({ mode: 0o640, uid: 0, gid: 115 });
});

test('a dry run changes nothing and shows nobody’s secrets', async () => {
  host.put(main, '[general]\nenabled = yes\n[admin]\nsecret=amp111\n');
  const before = new Map(host.files);
  await run({ dryRun: true });
  expect(new Map(host.files)).toEqual(before);
  expect(host.ran.filter((line) => line.includes('reload'))).toEqual([]);
  expect(logins).toEqual([]);
  expect(said.join('\n')).toContain('#tryinclude');
  expect(said.join('\n')).not.toMatch(/s1|s2|amp111/);
});

describe('what is taken back', () => {
  test('Asterisk does not take it over', async () => {
    refuses = true;
    const before = new Map(host.files);
    await expect(run()).rejects.toEqual(
      failure('SETUP_FAILED', /did not take over the user acme_hq_events.*What was written is taken back/),
    );
    expect(new Map(host.files)).toEqual(before);
    expect(host.ran.at(-1)).toBe('asterisk -rx manager reload');
  });

  test('a write that fails', async () => {
    loaded = { users: [], timestamps: false };
    const before = new Map(host.files);
    host.beforeWrite = (path) => {
      if (path === general) throw new Error('ENOSPC');
    };
    await expect(run()).rejects.toEqual(failure('SETUP_FAILED', /ENOSPC. What was written is taken back/));
    expect(new Map(host.files)).toEqual(before);
  });
});

describe('refused before anything is written', () => {
  test.each<[Partial<SetupAmiOptions>, RegExp]>([
    [{ host: '198.51.100.1' }, /not this machine/],
    [{ events: { username: 'a]b', secret: 'x' } }, /no name of an AMI user/],
    [{ events: { username: 'general', secret: 'x' } }, /no name of an AMI user/],
    [{ events: { username: 'e', secret: ' x' } }, /begins or ends with a space/],
    [{ events: { username: 'e', secret: 'x' }, actions: { username: 'e', secret: 'y' } }, /two secrets/],
    [{ extraWrite: ['everything'] }, /no class everything/],
    [{ filter: ['Cdr)'] }, /no name of an AMI event/],
  ])('%j', async (changes, message) => {
    await expect(run(changes)).rejects.toEqual(failure('CONFIG_INVALID', message));
    expect([...host.files.keys()]).toEqual([main]);
    expect(host.ran).toEqual([]);
  });

  test('a user of that name that is somebody else’s', async () => {
    loaded.users = ['acme_hq_actions'];
    await expect(run()).rejects.toEqual(failure('SETUP_FAILED', /acme_hq_actions that is not ours/));
    expect([...host.files.keys()]).toEqual([main]);
  });

  test('no manager.conf, no Asterisk, an Asterisk that does not answer', async () => {
    await expect(run({ asteriskConfigDir: '/opt/etc' })).rejects.toEqual(
      failure('SETUP_FAILED', /\/opt\/etc\/manager\.conf is not there/),
    );
    await expect(run({ asterisk: 'nowhere' })).rejects.toEqual(failure('SETUP_FAILED', /no program nowhere/));
    host.answer = () => ({ code: 1, stdout: 'Unable to connect to remote asterisk' });
    await expect(run()).rejects.toEqual(failure('SETUP_FAILED', /does not answer.*Unable to connect/));
  });
});

test('an address of this machine other than loopback may be used, and stays', async () => {
  loaded.bound = '0.0.0.0:5038';
  expect(await run({ host: '192.0.2.7' })).toEqual({ host: '192.0.2.7', port: 5038 });
  expect(host.readFile(ours)).toContain('permit = 192.0.2.7/');
});

test('a login that fails is told as it is, and nothing is taken back', async () => {
  const parts = {
    host,
    clock,
    ownAddresses: [],
    progress: () => {},
    checkLogin: () => Promise.reject(new OdoopbxError('AMI_LOGIN_REFUSED', 'no')),
  };
  await expect(setupAmi(usual, parts)).rejects.toMatchObject({ code: 'AMI_LOGIN_REFUSED' });
  expect(host.readFile(ours)).toBeDefined();
});
