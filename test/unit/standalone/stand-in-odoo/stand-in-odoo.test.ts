import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { GatewayBatch } from '#core/contracts/gateway.ts';
import { createOdooClient, type OdooClient } from '#odoo/client.ts';
import { createOdooGateway } from '#odoo/gateway.ts';
import { readRules } from '#odoo/rules.ts';
import { createStandInOdoo, type StandInOdoo } from '#standalone/stand-in-odoo/stand-in-odoo.ts';
import { systemClock } from '#edge-agent/system-clock.ts';

const apiKey = 'a1'.repeat(20);
let odoo: StandInOdoo;
let client: OdooClient;
let reloads: number;

function connect(secret = apiKey, protocol: 'auto' | 'json-rpc' = 'auto'): OdooClient {
  return createOdooClient({
    url: odoo.url,
    db: 'demo',
    login: 'admin',
    secret,
    protocol,
    allowPrivateAddress: true,
  });
}

beforeEach(async () => {
  reloads = 0;
  odoo = createStandInOdoo({
    port: 0,
    secret: apiKey,
    clock: systemClock,
    reloadAgents: () => {
      reloads += 1;
    },
  });
  await odoo.start();
  client = connect();
});

afterEach(async () => {
  await client.close();
  await odoo.stop();
});

const cdr = {
  Event: 'Cdr',
  Source: '+1',
  Destination: '1001',
  UniqueID: 'u1',
  StartTime: '2026-01-01 10:00:00',
};

function batch(changes: Partial<GatewayBatch> = {}): GatewayBatch {
  const item = { seq: 1, at: 1000, rules: ['1'], event: cdr, epoch: 'epoch-0001' };
  return { v: 1, pbx: 'home_pbx', events: [item], results: [], ...changes };
}

function item(seq: number, rule: string) {
  return { seq, at: 1, rules: [rule], event: cdr, epoch: 'epoch-0001' };
}

const result = (jobId: string, style: 'positional' | 'keyword') => ({
  jobId,
  fun: 'asterisk.manager_action',
  status: 'done' as const,
  result: [{ Response: 'Error', Message: 'Originate failed' }],
  callback: {
    style,
    res_model: 'asterisk_plus.server',
    res_method: 'originate_call_response',
    pass_back: { uid: 7, number: '1' },
    res_notify_uid: 5,
  },
});

describe('RPC', () => {
  test.each(['auto', 'json-rpc'] as const)('serves the real client by %s', async (protocol) => {
    const by = connect(apiKey, protocol);
    expect((await by.version()).major).toBe(19);
    await by.ping();
    const { rules, invalid } = await readRules(by);
    expect(invalid).toEqual([]);
    expect(rules[0]).toMatchObject({
      id: '1',
      name: 'Cdr',
      model: 'asterisk_calls.call',
      method: 'create_cdr',
    });
    await by.close();
  });

  test('faults as Odoo writes them: password, model, method, handler', async () => {
    const wrong = connect('wrong');
    await expect(wrong.ping()).rejects.toMatchObject({ code: 'ODOO_AUTHENTICATION' });
    await wrong.close();
    for (const protocol of ['auto', 'json-rpc'] as const) {
      const by = connect(apiKey, protocol);
      await expect(by.callMethod('no.such', 'x')).rejects.toMatchObject({ code: 'ODOO_NOT_FOUND' });
      const missing = by.callMethod('asterisk_calls.call', 'toString');
      await expect(missing).rejects.toMatchObject({ code: 'ODOO_NOT_FOUND' });
      const raised = by.callMethod('asterisk_calls.call', 'send_survey', [{ Event: 'Hangup' }]);
      await expect(raised).rejects.toMatchObject({ code: 'ODOO_METHOD_RAISED' });
      await by.close();
    }
  });

  test('is unreachable while stopped, and has everything after a start', async () => {
    await client.callMethod('asterisk_calls.call', 'create_cdr', [cdr]);
    await odoo.stop();
    await expect(client.ping()).rejects.toMatchObject({ code: 'ODOO_UNREACHABLE' });
    await odoo.start();
    expect(await client.searchRead('asterisk_calls.call', [], { fields: ['src'] })).toEqual([
      { id: 1, src: '+1' },
    ]);
  });
});

describe('process_batch', () => {
  test('runs the handlers once, however often the batch comes', async () => {
    const gateway = createOdooGateway(client, systemClock);
    expect(await gateway.processBatch(batch())).toMatchObject({ done: 1, duplicate: 0 });
    expect(await gateway.processBatch(batch())).toMatchObject({ done: 0, duplicate: 1 });
    expect(odoo.env.tables.calls.created).toBe(1);
  });

  test('prefers the times in UTC', async () => {
    const event = { ...cdr, StartTimeUTC: '2026-01-01 14:00:00' };
    await client.callMethod('asterisk_calls.call', 'create_cdr', [event]);
    expect(odoo.env.tables.calls.all()[0]?.['started']).toBe('2026-01-01 14:00:00');
  });

  test('skips disabled and unknown rules with the reason', async () => {
    await client.callMethod('asterisk_plus.event', 'write', [[1], { is_enabled: false }]);
    const item = { seq: 1, at: 1000, rules: ['1', '99'], event: cdr, epoch: 'epoch-0001' };
    const answer = await createOdooGateway(client, systemClock).processBatch(batch({ events: [item] }));
    expect(answer.skipped.map((skipped) => skipped.reason)).toEqual([
      'the rule is disabled',
      'there is no such rule',
    ]);
    expect(reloads).toBe(1);
    expect((await readRules(client)).rules[0]?.is_enabled).toBe(false);
  });

  test('keeps what a handler raised and goes on', async () => {
    await client.callMethod('asterisk_plus.event', 'write', [[9], { is_enabled: true }]);
    const gateway = createOdooGateway(client, systemClock);
    const answer = await gateway.processBatch(batch({ events: [item(1, '9'), item(2, '1')] }));
    expect(answer).toMatchObject({ done: 1, failed: [{ seq: 1, rule: '9', failure_id: 1 }] });
    expect(odoo.env.tables.failures.all()[0]?.['traceback']).toContain('The survey for missed callers');
  });

  test('calls back in both styles, notifies, and does so once', async () => {
    const results = [result('job-00000001', 'positional'), result('job-00000002', 'keyword')];
    const gateway = createOdooGateway(client, systemClock);
    const full = batch({ events: [], results });
    expect(await gateway.processBatch(full)).toMatchObject({ done: 2, failed: [] });
    expect(await gateway.processBatch(full)).toMatchObject({ done: 0, duplicate: 2 });
    const { callbacks, notifications } = odoo.env.tables;
    expect(callbacks.all().map((record) => JSON.parse(String(record['pass_back'])))).toEqual([
      { uid: 7, number: '1' },
      { uid: 7, number: '1' },
    ]);
    expect(
      notifications.all().map((record) => [record['uid'], record['message'], record['warning']]),
    ).toEqual([
      [5, 'Originate failed', true],
      [7, 'Originate failed', true],
      [5, 'Originate failed', true],
      [7, 'Originate failed', true],
    ]);
  });

  test('refuses what is no batch', async () => {
    const answer = client.callMethod('asterisk_plus.server', 'process_batch', [{ v: 2 }]);
    await expect(answer).rejects.toMatchObject({ code: 'ODOO_METHOD_RAISED' });
  });
});
