import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { createOdooClient } from '#odoo/client.ts';
import type { OdooClient, OdooClientOptions } from '#odoo/client.ts';
import type { ScriptedHttp } from '#test/support/scripted-http.ts';
import { Raise, apiKey, startScriptedOdoo } from '#test/support/scripted-odoo.ts';
import type { OdooScript } from '#test/support/scripted-odoo.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).toReversed()) await thing.close();
});

async function clientOf(
  script: OdooScript,
  options: Partial<OdooClientOptions> = {},
): Promise<{ client: OdooClient; server: ScriptedHttp; paths: () => string[] }> {
  const server = await startScriptedOdoo(script);
  const client = createOdooClient({
    url: server.url,
    db: 'acme',
    login: 'pbx',
    secret: 'a password',
    timeoutMs: 5000,
    allowPrivateAddress: true,
    ...options,
  });
  open.push(server, client);
  const paths = (): string[] =>
    server.requests.map(({ path, body }) => {
      const params = (body as { params?: { method: string } } | undefined)?.params;
      return params === undefined ? path : `${path} ${params.method}`;
    });
  return { client, server, paths };
}

const json2 = (path: string, body: unknown, authorization: string | undefined) => ({
  body: { path, body, authorization },
});

const doc = () => ({
  body: {
    methods: {
      handle: { signature: '(event)', parameters: { event: {} }, api: ['model'] },
      write: { signature: '(vals)', parameters: { vals: {} } },
    },
  },
});

describe('calls by JSON-RPC', () => {
  it('signs in once, then executes', async () => {
    const { client, server, paths } = await clientOf({ uid: () => 7, execute: (call) => call });
    const args = [{ Event: 'Cdr' }];
    expect(await client.callMethod('my.model', 'handle', args, { a: 1 })).toEqual({
      model: 'my.model',
      method: 'handle',
      args,
      kwargs: { a: 1 },
      secret: 'a password',
    });
    await client.callMethod('my.model', 'handle');
    expect(paths()).toEqual([
      '/jsonrpc version',
      '/jsonrpc authenticate',
      '/jsonrpc execute_kw',
      '/jsonrpc execute_kw',
    ]);
    expect(server.requests[1]!.body).toMatchObject({ params: { args: ['acme', 'pbx', 'a password', {}] } });
    expect(server.requests[2]!.body).toMatchObject({
      params: { args: ['acme', 7, 'a password', 'my.model', 'handle', args, { a: 1 }] },
    });
  });

  it('takes a missing result for None', async () => {
    const { client } = await clientOf({ execute: () => undefined });
    expect(await client.callMethod('my.model', 'handle')).toBeNull();
  });

  it('signs in again, once, with the secret as it is now, when Odoo refuses a call', async () => {
    const secrets = ['old', 'new'];
    const { client, paths } = await clientOf(
      {
        uid: (secret) => (secret === 'new' ? 8 : 7),
        execute: ({ secret }) =>
          secret === 'new' ? 'fine' : new Raise('odoo.exceptions.AccessDenied', 'Access Denied'),
      },
      { secret: ({ refresh }) => Promise.resolve(secrets[refresh ? 1 : 0]!) },
    );
    expect(await client.callMethod('my.model', 'handle')).toBe('fine');
    expect(paths().filter((path) => path.endsWith('authenticate'))).toHaveLength(2);
  });

  it('gives up when the second login is refused too', async () => {
    const { client, paths } = await clientOf({ uid: () => false });
    await expect(client.callMethod('my.model', 'handle')).rejects.toMatchObject({
      code: 'ODOO_AUTHENTICATION',
      retryable: true,
    });
    expect(paths().filter((path) => path.endsWith('authenticate'))).toHaveLength(2);
  });

  it('lets login and call take from one deadline', async () => {
    const slow = <T>(value: T): Promise<T> =>
      new Promise((resolve) => {
        setTimeout(resolve, 500, value);
      });
    const { client } = await clientOf({ uid: () => slow(2), execute: () => slow(1) }, { timeoutMs: 900 });
    await expect(client.callMethod('my.model', 'handle')).rejects.toMatchObject({ code: 'ODOO_TIMEOUT' });
    expect(await client.callMethod('my.model', 'handle')).toBe(1);
  });

  it('never shows the secret, whatever Odoo echoes', async () => {
    const secret = 'swordfish-123';
    const { client } = await clientOf(
      { execute: () => new Raise('builtins.ValueError', `bad: ${secret}`, `Traceback with ${secret}`) },
      { secret },
    );
    const error = await client.callMethod('my.model', 'handle').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'ODOO_METHOD_RAISED' });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(secret);
  });

  it('asks for the version again after a failure', async () => {
    let info: (string | number)[] = ['?'];
    const script = {
      get versionInfo() {
        return info;
      },
    };
    const { client, server } = await clientOf(script);
    await expect(client.version()).rejects.toMatchObject({ code: 'ODOO_BAD_ANSWER' });
    info = [17, 0];
    expect(server.requests).toHaveLength(1);
  });
});

describe('the choice of the protocol', () => {
  it('calls by JSON-2 with an API key on Odoo 19, by names', async () => {
    const { client, paths, server } = await clientOf({ json2 }, { secret: apiKey });
    expect(await client.callMethod('asterisk_plus.server', 'process_batch', [], { batch: { v: 1 } })).toEqual(
      {
        path: 'asterisk_plus.server/process_batch',
        body: { batch: { v: 1 } },
        authorization: `bearer ${apiKey}`,
      },
    );
    expect(paths()).toEqual(['/jsonrpc version', '/json/2/asterisk_plus.server/process_batch']);
    expect(server.requests[1]!.headers['x-odoo-database']).toBe('acme');
  });

  it('keeps positional arguments on /jsonrpc while there is one', async () => {
    const { client, paths } = await clientOf({ json2, execute: () => 1 }, { secret: apiKey });
    await client.callMethod('my.model', 'handle', [{ Event: 'Cdr' }]);
    expect(paths().at(-1)).toBe('/jsonrpc execute_kw');
  });

  it.each([
    ['a password', [19, 0], 'a password'],
    ['Odoo 18', [18, 0], apiKey],
    ['Odoo Online before 19', ['saas~18', 4], apiKey],
  ])('keeps to /jsonrpc with %s', async (_, versionInfo, secret) => {
    const { client, paths } = await clientOf({ versionInfo, json2, execute: () => 1 }, { secret });
    await client.ping();
    expect(paths().at(-1)).toBe('/jsonrpc execute_kw');
  });

  it('falls back where a proxy hides JSON-2 or the key is a password that looks like one', async () => {
    for (const answer of [
      { status: 404, body: '<html>' },
      { status: 401, body: { name: 'werkzeug.exceptions.Unauthorized', message: 'Invalid apikey' } },
      { status: 404, body: '<p>No database is selected and the requested URL was not found' },
    ]) {
      const { client, paths } = await clientOf({ json2: () => answer, execute: () => 1 }, { secret: apiKey });
      await client.ping();
      await client.ping();
      expect(paths().slice(-2)).toEqual(['/jsonrpc execute_kw', '/jsonrpc execute_kw']);
    }
  });

  it('keeps to JSON-2 after a time in which neither protocol took the key', async () => {
    let isValid = false;
    const refusal = { status: 401, body: { name: 'werkzeug.exceptions.Unauthorized', message: 'no' } };
    const { client, paths } = await clientOf(
      { json2: () => (isValid ? { body: {} } : refusal), uid: () => (isValid ? 2 : false) },
      { secret: apiKey },
    );
    await expect(client.ping()).rejects.toMatchObject({ code: 'ODOO_AUTHENTICATION' });
    isValid = true;
    await client.ping();
    expect(paths().at(-1)).toBe('/json/2/res.users/context_get');
  });

  it('maps the faults of JSON-2', async () => {
    const fault = {
      name: 'builtins.KeyError',
      message: "'x'",
      arguments: ["'x'"],
      context: {},
      debug: 'Traceback',
    };
    const { client } = await clientOf({ json2: () => ({ status: 500, body: fault }) }, { secret: apiKey });
    await expect(client.callMethod('my.model', 'handle', [], { a: 1 })).rejects.toMatchObject({
      code: 'ODOO_METHOD_RAISED',
      traceback: 'Traceback',
    });
  });

  it('reads the names of parameters where /jsonrpc is gone', async () => {
    const { client, paths } = await clientOf(
      { versionInfo: [22, 0], hasJsonRpc: false, json2, doc },
      { secret: apiKey },
    );
    expect(await client.callMethod('my.model', 'handle', [{ Event: 'Cdr' }])).toMatchObject({
      path: 'my.model/handle',
      body: { event: { Event: 'Cdr' } },
    });
    expect(await client.callMethod('my.model', 'write', [[1, 2], { a: 1 }])).toMatchObject({
      body: { ids: [1, 2], vals: { a: 1 } },
    });
    // The documentation of a model is read once.
    expect(paths()).toEqual([
      '/jsonrpc version',
      '/web/version',
      '/doc-bearer/my.model.json',
      '/json/2/my.model/handle',
      '/json/2/my.model/write',
    ]);
    expect(await client.version()).toMatchObject({ major: 22, jsonRpc: false, json2: true });
  });

  it('says what is missing where the names can not be read', async () => {
    const { client } = await clientOf({ versionInfo: [22, 0], hasJsonRpc: false, json2 }, { secret: apiKey });
    await expect(client.callMethod('my.model', 'handle', [1])).rejects.toThrow(/Technical Documentation/);
  });

  it('says that Odoo 22 takes no password', async () => {
    const { client } = await clientOf({ versionInfo: [22, 0], hasJsonRpc: false });
    await expect(client.ping()).rejects.toMatchObject({ code: 'ODOO_AUTHENTICATION' });
  });
});

describe('searchRead', () => {
  it('passes what is given and refuses another answer', async () => {
    const { client, server } = await clientOf({
      execute: ({ kwargs }) => ((kwargs as { limit?: number }).limit === 1 ? [{ id: 1 }] : 'no list'),
    });
    expect(await client.searchRead('res.users', [['id', '=', 1]], { fields: ['login'], limit: 1 })).toEqual([
      { id: 1 },
    ]);
    expect(server.requests.at(-1)!.body).toMatchObject({
      params: {
        args: [
          'acme',
          2,
          'a password',
          'res.users',
          'search_read',
          [],
          { domain: [['id', '=', 1]], fields: ['login'], limit: 1 },
        ],
      },
    });
    await expect(client.searchRead('res.users', [], { fields: [] })).rejects.toMatchObject({
      code: 'ODOO_BAD_ANSWER',
    });
  });
});
