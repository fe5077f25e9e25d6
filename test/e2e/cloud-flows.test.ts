import { afterAll, beforeAll, expect, it } from 'vitest';
import { asteriskCli } from '#scripts/lab/asterisk-service.ts';
import { type Phone, placeCall, startPhone } from '#scripts/lab/sipp.ts';
import { type AgentProcess, startAgentProcess, writeAgentFiles } from '#test/support/cloud/agent-process.ts';
import { type OperatorCli, operatorCli } from '#test/support/cloud/operator-cli.ts';
import { type Cloud, startCloud } from '#test/support/cloud/start-cloud.ts';
import { addRule, describeOnLab, lastSeen, seen } from './support/bench.ts';
import { freshNumber, labAdmin, labOdoo, removeServer, waitForCalls } from './support/cloud-odoo.ts';
import { type OdooSession, upsertServer } from './support/odoo-admin.ts';
import { waitFor } from './support/wait-for.ts';

describeOnLab('the cloud between the real Asterisk and the real Odoo', (bench) => {
  const { lab, agentUser } = bench;
  const pbx = 'flow_hq';
  const fleet = {
    platform: { name: 'e2e-flows', region: 'eu-central-1' },
    tenants: {
      flow: {
        odoo: labOdoo(bench),
        pbxs: { hq: { webhook: { extension: 'phone1', context: 'lab' } } },
      },
    },
  };
  let cloud: Cloud;
  let operator: OperatorCli;
  let admin: OdooSession;
  let agent: AgentProcess;
  let phone: Phone;
  let key = '';
  let serverId = 0;
  let start = 0;

  beforeAll(async () => {
    admin = labAdmin(bench);
    cloud = await startCloud({ lab, fleet, secrets: {} });
    console.info('left out by moto:', cloud.deployed.skipped);
    operator = operatorCli(cloud, fleet);
    const [rotated] = await Promise.all([
      operator.json<{ key: string }>(['key', 'rotate', 'flow/hq']),
      operator.json(['secret', 'set', 'flow'], agentUser.apiKey),
    ]);
    key = rotated.key;
    const doorUrl = cloud.gateway.url;
    serverId = await upsertServer(admin, { pbx, doorUrl, apiKey: key });
    start = await lastSeen(admin);
    phone = await startPhone({ endpoint: 'phone1' });
    agent = startAgentProcess(await writeAgentFiles(cloud, lab, pbx));
    await agent.ready();
  });
  afterAll(async () => {
    await asteriskCli('channel request hangup all');
    await agent?.remove();
    await removeServer(admin, serverId);
    await phone?.stop();
    operator?.remove();
    await cloud?.stop();
  });

  const answers = async (name: string) =>
    (await seen(admin, 'answer', start)).filter((row) => row.key === name);
  const answerTo = async (name: string) =>
    (await waitFor(`the answer to ${name}`, async () => (await answers(name))[0])).payload;
  const dial = (action: object, name: string) =>
    admin.call('asterisk_e2e.seen', 'dial', [serverId, action, name]);
  const ringing = async () =>
    (await asteriskCli('core show channels concise'))
      .split('\n')
      .filter((line) => line.startsWith('PJSIP/phone1'));

  it('makes a record of a call: agent, bus, rule, inbox, route-events, Odoo', async () => {
    const src = freshNumber('12027');
    await placeCall({ extension: lab.extensions.answered, durationMs: 500, from: { number: src } });
    expect(await waitForCalls(admin, src, 1)).toMatchObject([
      { src, dst: '100', server_id: [serverId, expect.any(String)] },
    ]);
  });

  it('rings a phone for a job from Odoo and gives the result to the callback', async () => {
    const originate = { Action: 'Originate', Context: 'lab', Exten: '105', Priority: '1', Timeout: '10000' };
    await dial({ ...originate, Channel: 'PJSIP/phone1' }, 'ring');
    expect(await answerTo('ring')).toMatchObject({ 0: { Response: 'Success' } });
    expect(await ringing()).toHaveLength(1);
    await asteriskCli('channel request hangup all');
    await dial({ ...originate, Channel: 'PJSIP/nobody' }, 'nobody');
    expect(await answerTo('nobody')).toMatchObject({
      0: { Response: 'Error', Message: expect.stringMatching(/fail/i) as string },
    });
  });

  it('brings a rule that is added in Odoo to the PBX, through the job queue', async () => {
    const before = agent.status()?.status.rulesVersion;
    const condition = "event.get('CallerIDNum') == 'e2e-flow'";
    const remove = await addRule(admin, { name: 'Hangup', method: 'note_event', condition });
    await waitFor('the new rules', () => {
      const now = agent.status()?.status.rulesVersion ?? null;
      return now !== null && now !== before;
    });
    await remove();
    await waitFor('the rules as they were', () => agent.status()?.status.rulesVersion === before);
  });

  it('answers at the door only who has the key, and only the routes of the template', async () => {
    const post = async (path: string, headers: Record<string, string> = {}, body: unknown = {}) => {
      const request = { method: 'POST', headers, body: JSON.stringify(body) };
      const answer = await fetch(cloud.gateway.url + path, request);
      return { status: answer.status, text: await answer.text() };
    };
    const job = { fun: 'test.ping' };
    const door = '/app/asterisk_plus/agent';
    const json = { 'content-type': 'application/json' };
    expect((await fetch(`${cloud.gateway.url}/health`)).status).toBe(200);
    expect((await post('/somewhere', json, job)).status).toBe(404);
    expect((await post(door, { ...json, 'x-api-key': 'wrong' }, job)).status).toBe(401);
    const copy = { ...json, 'x-api-key': key, 'x-instance-uid': 'a-copy-of-the-database' };
    expect(await post(door, copy, job)).toMatchObject({
      status: 403,
      text: expect.stringContaining('another Odoo database') as string,
    });
    const partner = { _model: 'res.partner', _id: 1, phone: '105' };
    expect((await post('/webhook/wrong', json, partner)).status).toBe(401);
    expect(await ringing()).toHaveLength(0);
    expect((await post(`/webhook/${key}`, json, partner)).status).toBe(202);
    await waitFor('the phone to ring', async () => (await ringing()).length === 1);
    await asteriskCli('channel request hangup all');
  });

  it('shows the operator that all is well', async () => {
    const state = await operator.run(['--json', 'status']);
    expect(JSON.parse(state.stdout)).toMatchObject({
      healthy: true,
      pbxs: [{ pbx, agent: 'online', ami: 'connected', problems: [] }],
      tenants: [{ tenant: 'flow', parked: 0, undelivered: 0, problems: [] }],
    });
  });

  it('did all of that within the rights of the deployed roles, and logged no number', async () => {
    expect(cloud.gate.refusals).toEqual([]);
    expect(cloud.log()).not.toMatch(/12027\d{6}/);
    expect(cloud.log()).not.toContain(agentUser.apiKey);
    expect(cloud.log()).not.toContain(key);
  });
});
