import { afterAll, describe, expect, it } from 'vitest';
import { createOdooClient } from '#odoo/client.ts';
import type { OdooClient, OdooClientOptions } from '#odoo/client.ts';
import { createOdooConnection } from '#odoo/connection.ts';
import { createHttpExchange } from '#odoo/http-exchange.ts';
import { createJson2, namedCall } from '#odoo/json-2.ts';
import { readRules } from '#odoo/rules.ts';
import { runOdooShell } from '#scripts/lab/odoo-program.ts';
import { manualClock } from '#test/support/manual-clock.ts';
import { describeOnLab } from './support/bench.ts';

describeOnLab('the Odoo client on a real Odoo 19', ({ lab, agentUser }) => {
  const open: OdooClient[] = [];
  afterAll(async () => {
    for (const client of open) await client.close();
  });
  const admin = { login: lab.odoo.admin.login, secret: lab.odoo.admin.password };
  const agent = { login: agentUser.login, secret: agentUser.apiKey };
  const clientOf = (options: Partial<OdooClientOptions>): OdooClient => {
    const { url, db } = lab.odoo;
    const client = createOdooClient({ url, db, ...agent, allowPrivateAddress: true, ...options });
    open.push(client);
    return client;
  };

  it('knows the version, signs in, and finds the gateway', async () => {
    const { url, db } = lab.odoo;
    const connection = createOdooConnection({ url, db, ...agent, allowPrivateAddress: true }, manualClock());
    open.push(connection.client);
    expect(await connection.probe('acme_hq')).toMatchObject({
      version: '19.0',
      major: 19,
      jsonRpc: true,
      json2: true,
      hasGateway: true,
    });
  });

  it('reads the rules as the agent user', async () => {
    const { rules, invalid } = await readRules(clientOf({}));
    expect(invalid).toEqual([]);
    expect(rules).toContainEqual(
      expect.objectContaining({ name: 'Cdr', model: 'asterisk_calls.call', method: 'create_cdr' }),
    );
  });

  it('takes an API key in place of a password on /jsonrpc', async () => {
    const client = clientOf({ protocol: 'json-rpc' });
    expect(await client.callMethod('res.users', 'context_get')).toMatchObject({ uid: agentUser.uid });
  });

  it('reads the names of parameters from the documentation, for those who may', async () => {
    const exchange = createHttpExchange({
      url: lab.odoo.url,
      timeoutMs: 60_000,
      connectTimeoutMs: 5000,
      maxAnswerBytes: 16_000_000,
      connections: 1,
      allowPrivateAddress: true,
      allowHttp: false,
    });
    const json2 = createJson2(exchange, lab.odoo.db);
    const called = { model: 'res.partner', method: 'read' };
    const signature = await json2.signature(lab.odoo.admin.apiKey, called);
    expect(signature?.parameters[0]).toBe('fields');
    const call = namedCall({ ...called, args: [[3], ['id']], kwargs: {} }, signature!);
    expect(await json2.call(lab.odoo.admin.apiKey, call)).toEqual([{ id: 3 }]);
    expect(await json2.signature(agentUser.apiKey, { model: 'res.users', method: 'read' })).toBeUndefined();
    await exchange.close();
  });

  describe.each([
    ['/jsonrpc', { protocol: 'json-rpc' as const }],
    ['/json/2', {}],
  ])('faults by %s', (_, protocol) => {
    const asAdmin = { login: admin.login, secret: lab.odoo.admin.apiKey };
    it.each([
      ['a missing model', asAdmin, 'no.model', 'x', {}, 'ODOO_NOT_FOUND', false],
      ['a missing method', asAdmin, 'res.partner', 'no_such', {}, 'ODOO_NOT_FOUND', false],
      ['a private method', asAdmin, 'res.partner', '_write', {}, 'ODOO_ACCESS_DENIED', false],
      [
        'another exception',
        asAdmin,
        'res.partner',
        'search_read',
        { no_such: 1 },
        'ODOO_METHOD_RAISED',
        false,
      ],
      [
        'a ValidationError',
        asAdmin,
        'asterisk_plus.event',
        'create',
        { vals_list: [{ name: 'Cdr', model: 'a.b', method: 'c', condition: '__import__("os")' }] },
        'ODOO_METHOD_RAISED',
        false,
      ],
      [
        'an AccessError',
        {},
        'res.users',
        'create',
        { vals_list: [{ name: 'x', login: 'x' }] },
        'ODOO_ACCESS_DENIED',
        false,
      ],
      [
        'a wrong key',
        { secret: 'f'.repeat(40) },
        'res.users',
        'context_get',
        {},
        'ODOO_AUTHENTICATION',
        true,
      ],
      [
        'a wrong database',
        { db: 'no_such_db' },
        'res.users',
        'context_get',
        {},
        'ODOO_DATABASE_MISSING',
        true,
      ],
    ])('tells %s', async (_name, options, model, method, kwargs, code, retryable) => {
      const client = clientOf({ ...protocol, ...options });
      await expect(client.callMethod(model, method, [], kwargs)).rejects.toMatchObject({ code, retryable });
    });
  });

  it('keeps the traceback of a UserError', async () => {
    const client = clientOf(admin);
    await expect(client.callMethod('res.users', 'unlink', [[1]])).rejects.toMatchObject({
      code: 'ODOO_METHOD_RAISED',
      exception: 'odoo.exceptions.UserError',
      traceback: expect.stringContaining('UserError'),
    });
  });

  it('tells a wrong password', async () => {
    await expect(clientOf({ secret: 'wrong' }).ping()).rejects.toMatchObject({
      code: 'ODOO_AUTHENTICATION',
      retryable: true,
    });
  });

  it('tells an Odoo that is not there', async () => {
    await expect(clientOf({ url: 'http://127.0.0.1:9' }).ping()).rejects.toMatchObject({
      code: 'ODOO_UNREACHABLE',
      retryable: true,
    });
  });

  it('waits out the retries of Odoo, then calls what is left a serialization failure', async () => {
    const client = clientOf(admin);
    const created = await client.callMethod('ir.sequence', 'create', [
      [{ name: 'e2e', implementation: 'no_gap' }],
    ]);
    const [id] = created as number[];
    // Another transaction keeps the row for longer than Odoo's five tries take (30 s at most).
    const holder = runOdooShell(
      lab.odoo.db,
      // The calls below may be at the row first: then it tries again.
      `import time, psycopg2
def hold():
    try:
        env.cr.execute('SELECT 1 FROM ir_sequence WHERE id = ${id} FOR UPDATE', log_exceptions=False)
        return True
    except psycopg2.Error:
        env.cr.rollback()

while not hold():
    pass

time.sleep(40)
`,
    );
    try {
      let failure: unknown;
      const end = Date.now() + 90_000;
      while (failure === undefined && Date.now() < end) {
        failure = await client.callMethod('ir.sequence', 'next_by_id', [[id]]).then(
          () => undefined,
          (error: unknown) => error,
        );
      }
      expect(failure).toMatchObject({ code: 'ODOO_SERIALIZATION', retryable: true });
    } finally {
      await holder;
      await client.callMethod('ir.sequence', 'unlink', [[id]]);
    }
  });
});
