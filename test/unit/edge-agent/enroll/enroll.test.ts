import { beforeEach, describe, expect, test } from 'vitest';
import type { EnrollmentAnswer } from '#core/contracts/enrollment.ts';
import { type EnrollOptions, enroll } from '#edge-agent/enroll/enroll.ts';
import { makeIdentity } from '#edge-agent/enroll/make-identity.ts';
import { cloudAddress, someCode } from '#test/support/enroll-server.ts';
import { type MemoryHost, memoryHost } from '#test/support/memory-host.ts';
import { createTestCa, type TestCa } from '#test/support/test-ca.ts';

let host: MemoryHost;
let ca: TestCa;
let posts: number;
let said: string[];
beforeEach(async () => {
  host = memoryHost();
  ca = await createTestCa();
  posts = 0;
  said = [];
});

const usual: EnrollOptions = {
  url: 'https://api.example.com',
  code: someCode,
  configDir: '/etc/odoopbx-agent',
  stateRoot: '/var/lib/odoopbx-agent',
  user: 'odoopbx-agent',
  needsUser: true,
  force: false,
  ami: (pbx) => ({
    host: '127.0.0.1',
    port: 5038,
    events: { username: `${pbx}_events`, secret: 'e-secret' },
    actions: { username: `${pbx}_actions`, secret: 'a-secret' },
  }),
};
const run = (changes: Partial<EnrollOptions> = {}, answer: Partial<EnrollmentAnswer> = {}) =>
  enroll(
    { ...usual, ...changes },
    {
      host,
      makeIdentity,
      progress: (line) => said.push(line),
      async post(_url, { csr }) {
        posts += 1;
        return { pbx: 'acme_hq', ...(await ca.signRequest(csr)), cloud: cloudAddress('acme_hq'), ...answer };
      },
    },
  );
const rights = () =>
  Object.fromEntries(
    [...host.files].map(
      ([
        path,
        {
          access: { mode, uid, gid },
        },
      ]) => [path.replace(/-[0-9a-f]{12}\./, '-ID.'), `${mode.toString(8)} ${uid}:${gid}`],
    ),
  );
const names = () => [...host.files.keys()].toSorted();
const config = () => host.readFile('/etc/odoopbx-agent/acme_hq.yaml') ?? '';
const failure = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error;

describe('a new PBX', () => {
  test('gets key, certificate and configuration that the service can read', async () => {
    expect(await run()).toEqual({
      pbx: 'acme_hq',
      configFile: '/etc/odoopbx-agent/acme_hq.yaml',
      renewed: false,
    });
    expect(rights()).toEqual({
      '/etc/odoopbx-agent/acme_hq.yaml': '640 0:900',
      '/etc/odoopbx-agent/acme_hq/certificate-ID.pem': '640 0:900',
      '/etc/odoopbx-agent/acme_hq/key-ID.pem': '600 900:900',
      '/etc/odoopbx-agent/acme_hq/ami-events.secret': '600 900:900',
      '/etc/odoopbx-agent/acme_hq/ami-actions.secret': '600 900:900',
    });
    expect(host.folders.get('/etc/odoopbx-agent/acme_hq')).toEqual({ mode: 0o750, uid: 0, gid: 900 });
    expect(config()).toMatch(/certificateFile: acme_hq\/certificate-[0-9a-f]{12}\.pem/);
    expect(config()).not.toContain('secret:');
    expect(said.join('\n')).not.toMatch(/e-secret|a-secret|PRIVATE/);
  });

  test('proxy and authority are kept for the agent', async () => {
    await run({ proxy: 'http://proxy.example.com:3128', ca: ca.certificatePem });
    expect(config()).toContain('  caFile: acme_hq/ca.pem\n  proxy: http://proxy.example.com:3128\n');
    expect(host.readFile('/etc/odoopbx-agent/acme_hq/ca.pem')).toBe(ca.certificatePem);
  });
});

describe('a PBX that was enrolled before', () => {
  test('keeps its settings and secrets, and loses the old key', async () => {
    await run();
    const mine = `${config()}only: "event['X'] == '1'" # mine\n`;
    host.put('/etc/odoopbx-agent/acme_hq.yaml', mine, { mode: 0o600, uid: 900, gid: 900 });
    const before = names();
    expect(await run()).toMatchObject({ renewed: true });
    expect(config()).toContain('# mine');
    expect(host.accessOf('/etc/odoopbx-agent/acme_hq.yaml')).toEqual({ mode: 0o600, uid: 900, gid: 900 });
    expect(names()).toHaveLength(before.length);
    expect(names()).not.toEqual(before);
    for (const [, path] of config().matchAll(/File: (\S+)/g)) {
      expect(host.readFile(`/etc/odoopbx-agent/${path}`)).toBeDefined();
    }
  });

  test.each([['key-'], ['certificate-'], ['acme_hq.yaml']])(
    'a failing write of %s changes nothing',
    async (name) => {
      await run();
      const before = new Map(host.files);
      host.beforeWrite = (path) => {
        if (path.includes(name)) throw new Error('ENOSPC: no space left on device');
      };
      await expect(run()).rejects.toEqual(failure('ENROLL_NOT_WRITTEN', /ENOSPC.*code is used up/));
      expect(new Map(host.files)).toEqual(before);
    },
  );
});

describe('found before the code is used', () => {
  test.each<[Partial<EnrollOptions>, RegExp]>([
    [{ url: 'http://api.example.com' }, /https/],
    [{ code: 'ABC' }, /26 letters and digits: copy it whole/],
    [{ user: 'nobody-here' }, /there is no user nobody-here: .*useradd/],
  ])('%j', async (changes, message) => {
    await expect(run(changes)).rejects.toEqual(failure('CONFIG_INVALID', message));
    expect(posts).toBe(0);
    expect(names()).toEqual([]);
  });

  test('a service is asked for, but not by root', async () => {
    host.isRoot = false;
    await expect(run()).rejects.toEqual(failure('CONFIG_INVALID', /as root/));
    expect(await run({ needsUser: false })).toMatchObject({ pbx: 'acme_hq' });
  });

  test('the folder can not be written', async () => {
    host.beforeWrite = () => {
      throw new Error('EROFS: read-only file system');
    };
    await expect(run()).rejects.toEqual(failure('CONFIG_INVALID', /can not be written: EROFS/));
    expect(posts).toBe(0);
  });

  test.each([
    ['pbx: other_hq\n', /configuration of other_hq.*--force/],
    ['pbx: acme_hq\nodoo: {}\n', /standalone.*--force/],
  ])('a file that is not of this PBX: %j', async (text, message) => {
    host.put('/etc/odoopbx-agent/acme_hq.yaml', text);
    await expect(run()).rejects.toEqual(failure('CONFIG_INVALID', message));
    expect(posts).toBe(0);
    // Other PBXs of this machine are no reason.
    host.files.clear();
    host.put('/etc/odoopbx-agent/other_hq.yaml', 'pbx: other_hq\n');
    host.put('/etc/odoopbx-agent/notes.yaml', 'x');
    expect(await run()).toMatchObject({ pbx: 'acme_hq' });
  });

  test('--force replaces it and keeps it beside', async () => {
    host.put('/etc/odoopbx-agent/acme_hq.yaml', 'pbx: other_hq\n');
    expect(await run({ force: true })).toMatchObject({ renewed: false });
    expect(host.readFile('/etc/odoopbx-agent/acme_hq.yaml.before')).toBe('pbx: other_hq\n');
    expect(config()).toContain('pbx: acme_hq');
  });
});

describe('a certificate that is none for our key', () => {
  test.each([
    ['another key', async () => (await ca.clientCertificate('x')).certificatePem, /another key/],
    ['garbage', () => Promise.resolve('-----BEGIN NOTHING-----'), /no certificate that can be read/],
  ])('%s', async (_name, make, message) => {
    const certificatePem = await make();
    await expect(run({}, { certificatePem })).rejects.toEqual(failure('ENROLL_NOT_WRITTEN', message));
    expect(names()).toEqual([]);
    expect([...host.folders.keys()]).toEqual([]);
  });
});

test('without the service’s user the files are root’s, and it says so', async () => {
  host.users = {};
  await run({ needsUser: false });
  expect(host.accessOf('/etc/odoopbx-agent/acme_hq.yaml')).toEqual({ mode: 0o640, uid: 0, gid: 0 });
  expect(said.join('\n')).toContain('There is no user odoopbx-agent');
});
