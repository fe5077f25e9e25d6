import { afterAll, beforeAll, expect, it } from 'vitest';
import { asteriskCli } from '#scripts/lab/asterisk-service.ts';
import { runOdooShell } from '#scripts/lab/odoo-program.ts';
import { type Phone, startPhone } from '#scripts/lab/sipp.ts';
import { describeOnLab, lastSeen, seen } from './support/bench.ts';
import { type Connector, startConnector } from './support/connector.ts';
import { waitFor } from './support/wait-for.ts';

describeOnLab('a job from an Odoo method reaches Asterisk and its answer the callback', (bench) => {
  let connector: Connector;
  let phone: Phone;
  let start = 0;
  beforeAll(async () => {
    phone = await startPhone({ endpoint: 'phone1' });
    const webhook = { phoneFields: ['phone'], extension: 'phone1', context: 'lab' };
    connector = await startConnector(bench, { webhook });
    start = await lastSeen(connector.admin);
  });
  afterAll(async () => {
    await asteriskCli('channel request hangup all');
    await connector.remove();
    await phone.stop();
  });

  const originate = { Action: 'Originate', Context: 'lab', Exten: '105', Priority: '1', Timeout: '10000' };
  const dial = (method: string, action: object, key: string, ...rest: unknown[]) =>
    connector.admin.call('asterisk_e2e.seen', method, [connector.serverId, action, key, ...rest]);
  const answers = async (key: string) =>
    (await seen(connector.admin, 'answer', start)).filter((row) => row.key === key);
  const answerTo = (key: string) =>
    waitFor(`the answer to ${key}`, async () => (await answers(key))[0]).then(
      ({ payload }) => payload as Record<string, string>[],
    );
  const channels = async () =>
    (await asteriskCli('core show channels concise'))
      .split('\n')
      .filter((line) => line.startsWith('PJSIP/phone1'));

  it('rings a real phone; the callback gets Success', async () => {
    await dial('dial', { ...originate, Channel: 'PJSIP/phone1' }, 'ring');
    const data = await answerTo('ring');
    expect(data[0]).toMatchObject({ Response: 'Success' });
    expect(await channels()).toHaveLength(1);
    await asteriskCli('channel request hangup all');
  });

  it('answers a failing Originate with the reason, and tells the user', async () => {
    const { uid } = bench.lab.odoo.admin;
    await dial('dial', { ...originate, Channel: 'PJSIP/nobody' }, 'fail', uid);
    const data = await answerTo('fail');
    expect(data[0]).toMatchObject({ Response: 'Error' });
    expect(data[0]?.['Message']).toMatch(/fail/i);
    const printed = await runOdooShell(
      bench.lab.odoo.db,
      `env.cr.execute("select message from bus_bus where message like '%simple_notification%' order by id desc limit 3")
print('BUS', [row[0] for row in env.cr.fetchall()])`,
    );
    expect(printed).toContain('simple_notification');
    expect(printed).toContain('warning');
    expect(printed).toContain(data[0]?.['Message']);
  });

  it('dials nothing when the transaction is rolled back', async () => {
    const action = { ...originate, Channel: 'PJSIP/phone1' };
    await expect(dial('dial_and_roll_back', action, 'rolled-back')).rejects.toThrow(/rolled back on purpose/);
    // A job that is sent after it must arrive, and alone.
    await dial('dial', { Action: 'Ping' }, 'after-rollback');
    await answerTo('after-rollback');
    expect(await answers('rolled-back')).toHaveLength(0);
    expect(await channels()).toHaveLength(0);
  });

  it('dials once when a savepoint is rolled back and run again', async () => {
    await dial('dial_twice_with_savepoint', { ...originate, Channel: 'PJSIP/phone1' }, 'savepoint');
    await answerTo('savepoint');
    await dial('dial', { Action: 'Ping' }, 'after-savepoint');
    await answerTo('after-savepoint');
    expect(await answers('savepoint')).toHaveLength(1);
    expect(await channels()).toHaveLength(1);
  });

  it('answers what the PBX does not allow with a clear error', async () => {
    await dial('dial', { Action: 'Command', Command: 'core restart now' }, 'refused');
    const data = await answerTo('refused');
    expect(data[0]).toMatchObject({ Response: 'Error' });
    expect(data[0]?.['Message']).toMatch(/does not allow/);
  });

  it("rings by Odoo's own webhook action, with no addon involved", async () => {
    const { admin } = connector;
    await asteriskCli('channel request hangup all');
    const [model] = await admin.call<number[]>('ir.model', 'search', [[['model', '=', 'res.partner']]]);
    const field = [['model', '=', 'res.partner'], ['name', '=', 'phone']]; // prettier-ignore
    const fields = await admin.call<number[]>('ir.model.fields', 'search', [field]);
    const action = await admin.call<number>('ir.actions.server', 'create', [
      {
        name: 'Call by webhook',
        model_id: model,
        state: 'webhook',
        webhook_url: connector.webhookUrl,
        webhook_field_ids: [[6, 0, fields]],
      },
    ]);
    const partner = await admin.call<number>('res.partner', 'create', [{ name: 'Echo', phone: '105' }]);
    const context = { active_model: 'res.partner', active_id: partner, active_ids: [partner] };
    await admin.call('ir.actions.server', 'run', [[action]], { context });
    await waitFor('the phone to ring', async () => (await channels()).length === 1);
    await admin.call('ir.actions.server', 'unlink', [[action]]);
    await admin.call('res.partner', 'unlink', [[partner]]);
  });

  it('keeps local_job out of reach over RPC', async () => {
    await expect(
      connector.admin.call('asterisk_plus.server', 'local_job', [[connector.serverId], 'test.ping']),
    ).rejects.toThrow();
  });
});
