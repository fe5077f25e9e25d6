import { expect, test } from 'vitest';
import { odooConfigSchema, standaloneConfigSchema } from '#standalone/config.ts';

const odoo = { db: 'acme', login: 'pbx', secret: 's' };
const secret = { username: 'agent', secret: 's' };
const rule = { id: 'cdr', name: 'Cdr', model: 'm.n', method: 'create_cdr' };

function problemsOf(rules: unknown): string[] {
  const raw = { pbx: 'acme_hq', stateDir: '/x', ami: { events: secret, actions: secret }, rules };
  return standaloneConfigSchema
    .safeParse(raw)
    .error!.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

test.each([
  'https://odoo.example.com',
  'http://localhost:8069',
  'http://127.0.0.1:8069',
  'http://[::1]:8069',
])('%s is taken as it is', (url) => expect(odooConfigSchema.safeParse({ ...odoo, url }).success).toBe(true));

test.each(['http://odoo.example.com', 'http://127.0.0.1.example.com', 'http://10.0.0.5'])(
  '%s needs a word: the password would cross the network in the clear',
  (url) => {
    expect(odooConfigSchema.safeParse({ ...odoo, url }).error?.issues[0]?.message).toMatch(
      /https.*allowHttp/,
    );
    expect(odooConfigSchema.safeParse({ ...odoo, url, allowHttp: true }).success).toBe(true);
  },
);

test('a condition that can not be read is told with the configuration, not once the agent runs', () => {
  expect(problemsOf([{ ...rule, condition: 'import os' }])).toEqual([
    expect.stringMatching(/^rules\.0\.condition: ./),
  ]);
});
