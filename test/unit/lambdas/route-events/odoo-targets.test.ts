import { afterEach, expect, it } from 'vitest';
import { silentLogger } from '#core/ports/logger.ts';
import { createOdooTargets } from '#lambdas/route-events/odoo-targets.ts';
import { manualClock } from '#test/support/manual-clock.ts';
import { startScriptedHttp, type ScriptedHttp } from '#test/support/scripted-http.ts';

let server: ScriptedHttp | undefined;
afterEach(() => server?.close());

const setting = {
  db: 'acme',
  login: 'pbx',
  timeoutSeconds: 60,
  allowPrivateAddress: true,
  allowHttp: true,
  logins: { shop: 'pbx-shop' },
};

/** Says yes to everything and remembers who logged in with what. */
async function anOdoo() {
  const logins: unknown[] = [];
  server = await startScriptedHttp(({ body }) => {
    const { params } = body as { params: { method: string; args: unknown[] } };
    if (params.method === 'version') {
      return {
        body: { jsonrpc: '2.0', result: { server_version: '18.0', server_version_info: [18, 0] } },
      };
    }
    if (params.method === 'authenticate') logins.push(params.args.slice(1, 3));
    return { body: { jsonrpc: '2.0', result: 7 } };
  });
  return { url: server.url, logins };
}

it('gives a PBX its own login and secret, and the others the tenant’s', async () => {
  const { url, logins } = await anOdoo();
  const targets = createOdooTargets(
    { ...setting, url },
    {
      secretOf: (name) => async () => `secret of ${name ?? 'the tenant'}`,
      localRules: undefined,
      clock: manualClock(),
      logger: silentLogger,
    },
  );
  expect(targets('acme_hq')).toBe(targets('acme_lab'));
  expect(targets('acme_hq')).toMatchObject({ ownLogin: false, server: url });
  expect(targets('acme_shop')).toMatchObject({ ownLogin: true, server: url });
  await targets('acme_hq').client.ping();
  await targets('acme_shop').client.ping();
  await targets('acme_lab').client.ping();
  expect(logins).toEqual([
    ['pbx', 'secret of the tenant'],
    ['pbx-shop', 'secret of shop'],
  ]);
});

it('lets the requests of all logins take turns', async () => {
  const { url } = await anOdoo();
  const clock = manualClock();
  const targets = createOdooTargets(
    { ...setting, url, callsPerSecond: 1 },
    { secretOf: () => 'secret', localRules: undefined, clock, logger: silentLogger },
  );
  await targets('acme_hq').client.ping();
  await targets('acme_shop').client.ping();
  // Version, login and call, twice; the first one waits for nobody.
  expect(clock.slept).toEqual([1000, 1000, 1000, 1000, 1000]);
});

it('goes by the rules of the configuration, and by methods, where there are any', async () => {
  const targets = createOdooTargets(
    { ...setting, url: 'https://odoo.example.com' },
    {
      secretOf: () => 'secret',
      localRules: [
        { id: 'cdr', name: 'Cdr', model: 'x_call', method: 'log', delay: 0, condition: '', is_enabled: true },
      ],
      clock: manualClock(),
      logger: silentLogger,
    },
  );
  const { gateway, rules } = targets('acme_hq');
  expect(await gateway.isPresent('acme_hq')).toBe(false);
  expect([...(await rules.page()).byId.keys()]).toEqual(['cdr']);
});
