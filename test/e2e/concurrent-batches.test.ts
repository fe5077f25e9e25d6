import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { gatewayAnswerSchema } from '#core/contracts/gateway.ts';
import { addRule, describeOnLab } from './support/bench.ts';
import { type OdooSession, odooSession } from './support/odoo-admin.ts';

describeOnLab('three batches at once update one row', (bench) => {
  let admin: OdooSession;
  let agent: OdooSession;
  let removeRule: () => Promise<void>;
  let rule: string;
  const counter = `counter-${randomUUID()}`;
  beforeAll(async () => {
    const { lab, agentUser } = bench;
    admin = odooSession({ ...lab.odoo, uid: lab.odoo.admin.uid, password: lab.odoo.admin.password });
    agent = odooSession({ ...lab.odoo, uid: agentUser.uid, password: agentUser.password });
    await admin.call('asterisk_e2e.counter', 'create', [{ name: counter, value: 0 }]);
    removeRule = await addRule(admin, { name: 'E2ECount', model: 'asterisk_e2e.counter', method: 'count' });
    const ids = await admin.call<number[]>('asterisk_plus.event', 'search', [[['name', '=', 'E2ECount']]]);
    rule = String(ids.at(-1));
  });
  afterAll(() => removeRule());

  const value = async () =>
    (await admin.read<{ value: number }>('asterisk_e2e.counter', [['name', '=', counter]], ['value']))[0]
      ?.value;
  const batch = (epoch: string, count: number) => ({
    v: 1,
    pbx: 'acme_hq',
    events: Array.from({ length: count }, (_, index) => ({
      epoch,
      seq: index + 1,
      at: Date.now() / 1000,
      rules: [rule],
      event: { Event: 'E2ECount', Counter: counter },
    })),
    results: [],
  });
  const process = async (body: object) =>
    gatewayAnswerSchema.parse(await agent.call('asterisk_plus.server', 'process_batch', [body]));

  it('counts every event once, also when a batch comes twice', async () => {
    const batches = ['epoch-aaaa', 'epoch-bbbb', 'epoch-cccc'].map((epoch) =>
      batch(`${epoch}-${Date.now()}`, 20),
    );
    const answers = await Promise.all(batches.map(process));
    expect(answers.map(({ done, failed }) => [done, failed.length])).toEqual([[20, 0], [20, 0], [20, 0]]); // prettier-ignore
    expect(await value()).toBe(60);

    const again = await Promise.all(batches.map(process));
    expect(again.map(({ done, duplicate }) => [done, duplicate])).toEqual([[0, 20], [0, 20], [0, 20]]); // prettier-ignore
    expect(await value()).toBe(60);
  });

  it('is closed to users outside of the PBX server group', async () => {
    // The administrator is no agent.
    const call = admin.call('asterisk_plus.server', 'process_batch', [batch('epoch-dddd', 1)]);
    await expect(call).rejects.toThrow(/PBX server/);
    expect(await value()).toBe(60);
  });
});
