import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfigFile } from '#edge-agent/config/read-config.ts';
import { agentConfigSchema } from '#edge-agent/config/schema.ts';
import { createTestCa, type KeyedCertificate } from '#test/support/test-ca.ts';

const folder = mkdtempSync(join(tmpdir(), 'cloud-config-'));
const path = join(folder, 'acme_hq.yaml');
let identity: KeyedCertificate;

beforeAll(async () => {
  const ca = await createTestCa();
  identity = await ca.clientCertificate('acme_hq');
  const other = await ca.clientCertificate('acme_hq');
  writeFileSync(join(folder, 'certificate.pem'), identity.certificatePem);
  writeFileSync(join(folder, 'key.pem'), identity.keyPem);
  writeFileSync(join(folder, 'other-key.pem'), other.keyPem);
});
afterAll(() => rmSync(folder, { recursive: true }));

const valid = {
  region: 'eu-central-1',
  bus: 'odoopbx',
  queueUrl: 'https://sqs.eu-central-1.amazonaws.com/111122223333/odoopbx-jobs-acme_hq',
  credentialsEndpoint: 'c0ffee.credentials.iot.eu-central-1.amazonaws.com',
  roleAlias: 'odoopbx-agent',
  certificateFile: 'certificate.pem',
  keyFile: 'key.pem',
};

function cloudOf(changes: Record<string, unknown> = {}) {
  const login = { username: 'u', secret: 's' };
  // JSON is YAML.
  const config = { pbx: 'acme_hq', ami: { events: login, actions: login }, cloud: { ...valid, ...changes } };
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return readConfigFile(path, agentConfigSchema, { PROXY: 'x' }).config.cloud;
}

test('takes certificate and key from files and keeps their paths, to read them again', () => {
  expect(cloudOf()).toEqual({
    region: valid.region,
    bus: valid.bus,
    queueUrl: valid.queueUrl,
    credentialsEndpoint: valid.credentialsEndpoint,
    roleAlias: valid.roleAlias,
    certificate: identity.certificatePem,
    key: identity.keyPem,
    certificatePath: join(folder, 'certificate.pem'),
    keyPath: join(folder, 'key.pem'),
    endpoints: {},
  });
});

test('takes proxy, authority and endpoints', () => {
  const changes = {
    proxy: 'http://proxy.example.com:3128',
    caFile: 'certificate.pem',
    endpoints: { events: 'https://vpce.example.com', sqs: 'http://127.0.0.1:4566' },
  };
  expect(cloudOf(changes)).toMatchObject({
    proxy: changes.proxy,
    ca: identity.certificatePem,
    endpoints: changes.endpoints,
  });
  expect(cloudOf({ proxy: false })).toMatchObject({ proxy: false });
});

test.each([
  ['a region that is none', { region: 'Frankfurt' }, /cloud\.region: must be an AWS region such as/],
  ['no bus', { bus: undefined }, /cloud\.bus: is missing: must be the name of an event bus/],
  ['an endpoint with a path', { credentialsEndpoint: 'x/y' }, /cloud\.credentialsEndpoint: must be a host/],
  ['a proxy that is no address', { proxy: 'socks5://x' }, /cloud\.proxy: must be an address such as http:/],
  ['a session token in the clear', { endpoints: { sqs: 'http://sqs.example.com' } }, /endpoints\.sqs: must be https/],
  ['a file that is not there', { keyFile: 'nowhere.pem' }, /^[^\n]*cloud\.keyFile: can not be read: ENOENT[^\n]*$/],
  ["another certificate's key", { keyFile: 'other-key.pem' }, /cloud\.key: does not belong to the certificate, it is \*\*\*/],
  ['what is no certificate', { certificateFile: 'key.pem' }, /cloud\.certificate: must be a PEM certificate/],
  ['what is no key', { keyFile: 'certificate.pem' }, /cloud\.key: must be a private key in PEM/],
  ['a misspelt key', { proxi: 'http://x' }, /cloud\.proxi: is no setting, did you mean proxy\?/],
])('refuses %s', (_name, changes, problem) => {
  expect(() => cloudOf(changes)).toThrow(problem);
}); // prettier-ignore

test('neither a private key nor the password of a proxy is in a message', () => {
  const [, line = ''] = identity.keyPem.split('\n');
  const secrets = [line.slice(0, 20), 'hunter2'];
  const wrong = [
    { certificateFile: 'key.pem' },
    { keyFile: 'other-key.pem' },
    { proxy: 'socks5://user:hunter2@proxy' },
  ];
  for (const changes of wrong) {
    let message = '';
    try {
      cloudOf(changes);
    } catch (error) {
      ({ message } = error as Error);
    }
    expect(message).toContain('cloud.');
    for (const secret of secrets) expect(message).not.toContain(secret);
  }
});
