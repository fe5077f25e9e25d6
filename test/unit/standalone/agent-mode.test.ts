import { expect, test } from 'vitest';
import { validateConfig } from '#edge-agent/config/read-config.ts';
import { agentModeSchema } from '#standalone/agent-mode.ts';
import { createTestCa } from '#test/support/test-ca.ts';

const login = { username: 'u', secret: 's' };
const base = { pbx: 'acme_hq', ami: { events: login, actions: login } };
const odoo = { url: 'http://127.0.0.1:8069', db: 'd', login: 'l', secret: 's' };
const { certificatePem: certificate, keyPem: key } = await (
  await createTestCa()
).clientCertificate('acme_hq');
const cloud = {
  region: 'eu-central-1',
  bus: 'p',
  queueUrl: 'https://sqs.eu-central-1.amazonaws.com/1/p-jobs-acme_hq',
  credentialsEndpoint: 'c.example.com',
  roleAlias: 'p-agent',
  certificate,
  key,
};
const read = (sections: object) =>
  validateConfig({ ...base, ...sections }, agentModeSchema, {
    name: 'agent.yaml',
    env: {},
    readFile: () => '',
  });

test('takes a whole system, or the agent of a platform', () => {
  expect(read({ odoo, page: {} }).odoo?.db).toBe('d');
  expect(read({ cloud }).cloud?.bus).toBe('p');
});

test.each([
  ['neither', {}, /^agent\.yaml: cloud: is missing: give cloud \(odoopbx-agent enroll writes it\) or.* odoo$/],
  ['both', { odoo, cloud }, /^agent\.yaml: cloud: must not stand beside odoo/],
  ['a door that would stay shut', { cloud, door: { keys: [{ secret: 'x'.repeat(16) }] } }, /^agent\.yaml: door: belongs to a system with odoo/],
  ['a page that would stay away', { cloud, page: {} }, /^agent\.yaml: page: belongs/],
])('refuses %s', (_name, sections, problem) => {
  expect(() => read(sections)).toThrow(problem);
}); // prettier-ignore
