import { describe, expect, test } from 'vitest';
import { conflictIn, newConfigText, withAmiAddress, withCloud } from '#edge-agent/enroll/agent-config.ts';
import { parseConfig } from '#edge-agent/config/read-config.ts';
import { agentConfigSchema } from '#edge-agent/config/schema.ts';
import { makeIdentity } from '#edge-agent/enroll/make-identity.ts';
import { cloudAddress } from '#test/support/enroll-server.ts';
import { createTestCa } from '#test/support/test-ca.ts';

const cloud = { ...cloudAddress('acme_hq'), certificateFile: 'acme_hq/c.pem', keyFile: 'acme_hq/k.pem' };
const ami = {
  host: '127.0.0.1',
  port: 5038,
  events: { username: 'acme_hq_events', secretFile: 'e' },
  actions: { username: 'acme_hq_actions', secretFile: 'a' },
};
const filled = async () => {
  const { keyPem, csrPem } = await makeIdentity();
  const { certificatePem } = await (await createTestCa()).signRequest(csrPem);
  const files: Record<string, string> = {
    e: 's1',
    a: 's2',
    'acme_hq/c.pem': certificatePem,
    'acme_hq/k.pem': keyPem,
  };
  return (text: string) =>
    parseConfig(text, agentConfigSchema, { name: 'x', env: {}, readFile: (path) => files[path] ?? '' });
};

test('a new configuration is valid and says what it was given', async () => {
  const config = (await filled())(newConfigText('acme_hq', '/var/lib/odoopbx-agent/acme_hq', ami, cloud));
  expect(config).toMatchObject({
    pbx: 'acme_hq',
    stateDir: '/var/lib/odoopbx-agent/acme_hq',
    ami: { events: { username: 'acme_hq_events', secret: 's1' }, actions: { secret: 's2' } },
    cloud: cloudAddress('acme_hq'),
    policy: { functions: ['default'] },
  });
});

test('strange values stay values', async () => {
  const odd = newConfigText(
    'acme_hq',
    '/var/lib/a: #b',
    { ...ami, host: '::1' },
    { ...cloud, proxy: 'http://u:p@[::1]:1/' },
  );
  expect((await filled())(odd)).toMatchObject({ stateDir: '/var/lib/a: #b', ami: { host: '::1' } });
});

describe('withCloud', () => {
  const old = `# mine
pbx: acme_hq # the main one
only: "event['X'] == '1'" # customers
cloud:
  # which
  region: us-east-1
  bus: other
  certificateFile: old.pem
  keyEnv: KEY
  proxy: http://proxy.example.com:3128
policy:
  functions: [default, asterisk.command] # trusted
`;

  test('changes the identity and nothing else', () => {
    const text = withCloud(old, cloud);
    expect(text).toContain("# mine\npbx: acme_hq # the main one\nonly: \"event['X'] == '1'\" # customers\n");
    expect(text).toContain(
      '  # which\n  region: eu-central-1\n  bus: odoopbx\n  certificateFile: acme_hq/c.pem\n',
    );
    expect(text).toContain('functions: [default, asterisk.command] # trusted');
    expect(text).toContain('keyFile: acme_hq/k.pem');
    expect(text).not.toContain('keyEnv');
    expect(text).toContain('proxy: http://proxy.example.com:3128');
  });

  test('adds the section where there is none', () => {
    const text = withCloud('pbx: acme_hq # here\n', cloud);
    expect(text).toMatch(
      /^pbx: acme_hq # here\ncloud:\n {2}# Written by odoopbx-agent enroll[^\n]*\n {2}region: eu/,
    );
  });

  test('twice is once', () => {
    expect(withCloud(withCloud(old, cloud), cloud)).toBe(withCloud(old, cloud));
  });
});

test('withAmiAddress keeps the rest', () => {
  const text = withAmiAddress('pbx: acme_hq\nami: # here\n  port: 5038 # usual\n', {
    host: '127.0.0.1',
    port: 5138,
  });
  expect(text).toBe('pbx: acme_hq\nami:\n  # here\n  port: 5138 # usual\n  host: 127.0.0.1\n');
});

test.each([
  ['pbx: acme_hq\n', undefined],
  ['pbx: acme_hq\ncloud: {}\n', undefined],
  ['pbx: other_hq\n', /configuration of other_hq/],
  ['{}', /of no PBX/],
  ['pbx: acme_hq\nodoo: {}\n', /standalone/],
  ['', /no YAML mapping/],
  ['a: [', /no YAML mapping/],
])('conflictIn %j', (text, conflict) => {
  if (conflict === undefined) expect(conflictIn(text, 'acme_hq')).toBeUndefined();
  else expect(conflictIn(text, 'acme_hq')).toMatch(conflict);
});
