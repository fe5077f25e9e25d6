import { GetItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { asteriskCli } from '#scripts/lab/asterisk-service.ts';
import { placeCall } from '#scripts/lab/sipp.ts';
import { type AgentProcess, startAgentProcess, writeAgentFiles } from '#test/support/cloud/agent-process.ts';
import type { Principal } from '#test/support/cloud/aws-gate.ts';
import { emulatorClient, statementsOfRole, deployedFunction } from '#test/support/cloud/emulator-calls.ts';
import { type OperatorCli, operatorCli } from '#test/support/cloud/operator-cli.ts';
import { type SecondOdoo, startSecondOdoo } from '#test/support/cloud/second-odoo.ts';
import { type Cloud, startCloud } from '#test/support/cloud/start-cloud.ts';
import { describeOnLab, lastSeen, seen } from './support/bench.ts';
import {
  callsFrom,
  freshNumber,
  labAdmin,
  labOdoo,
  removeServer,
  waitForCalls,
} from './support/cloud-odoo.ts';
import { type OdooSession, odooSession, upsertServer } from './support/odoo-admin.ts';
import { waitFor } from './support/wait-for.ts';

interface Side {
  readonly tenant: string;
  readonly pbx: string;
  /** Its callers' numbers begin so. */
  readonly number: string;
  admin: OdooSession;
  serverId: number;
  agent: AgentProcess;
}

describeOnLab('two tenants on one platform', (bench) => {
  const { lab, agentUser } = bench;
  const left = { tenant: 'left', pbx: 'left_hq', number: freshNumber('12051'), serverId: 0 } as Side;
  const right = { tenant: 'right', pbx: 'right_hq', number: freshNumber('12052'), serverId: 0 } as Side;
  const sides = [left, right];
  let cloud: Cloud;
  let operator: OperatorCli;
  let second: SecondOdoo;

  beforeAll(async () => {
    second = await startSecondOdoo();
    const odoo = labOdoo(bench);
    const fleet = {
      platform: { name: 'e2e-tenants', region: 'us-east-1' },
      tenants: {
        left: { odoo, pbxs: { hq: {} } },
        right: { odoo: { ...odoo, url: second.url, db: second.db }, pbxs: { hq: {} } },
      },
    };
    cloud = await startCloud({ lab, fleet, secrets: { left: agentUser.apiKey, right: agentUser.apiKey } });
    operator = operatorCli(cloud, fleet);
    left.admin = labAdmin(bench);
    const { uid, password } = { ...lab.odoo.admin };
    right.admin = odooSession({ url: second.url, db: second.db, uid, password });
    for (const side of sides) {
      const { key } = await operator.json<{ key: string }>(['key', 'rotate', `${side.tenant}/hq`]);
      const doorUrl = cloud.gateway.url;
      const server = { pbx: side.pbx, doorUrl, apiKey: key };
      side.serverId = await upsertServer(side.admin, server);
      // One Asterisk for both: each agent tells what concerns its customer's numbers.
      const only = `event.get('Source', event.get('CallerIDNum', '')).startswith('${side.number}')`;
      side.agent = startAgentProcess(await writeAgentFiles(cloud, lab, side.pbx, { only }));
    }
    await Promise.all(sides.map(({ agent }) => agent.ready()));
  });
  afterAll(async () => {
    await asteriskCli('channel request hangup all');
    await Promise.all(sides.map(({ agent }) => agent?.remove()));
    await removeServer(left.admin, left.serverId);
    operator?.remove();
    await cloud?.stop();
    await second?.remove();
  });

  const callFrom = (number: string) =>
    placeCall({ extension: lab.extensions.answered, durationMs: 500, from: { number } });

  it('tells each Odoo of its own calls alone', async () => {
    for (const place of [1, 2, 3]) for (const { number } of sides) await callFrom(`${number}0${place}`);
    for (const side of sides) {
      const other = side === left ? right : left;
      const records = await waitForCalls(side.admin, side.number, 3);
      expect(records).toHaveLength(3);
      for (const { server_id } of records) expect(server_id).toMatchObject([side.serverId, side.pbx]);
      expect(await callsFrom(side.admin, other.number)).toEqual([]);
    }
  });

  it('runs the jobs of each Odoo at its own PBX alone', async () => {
    const sent: string[] = [];
    const forget = cloud.gate.intercept(({ principal, operation, input }) => {
      const isDoor = principal.name === cloud.names.platformFunction('submit-job');
      if (isDoor && operation === 'SendMessage') sent.push(String(input['QueueUrl']).split('/').at(-1) ?? '');
      return undefined;
    });
    const after = await Promise.all(sides.map(({ admin }) => lastSeen(admin)));
    for (const { admin, serverId, tenant } of sides) {
      await admin.call('asterisk_e2e.seen', 'dial', [serverId, { Action: 'Ping' }, tenant]);
    }
    for (const [place, { admin, tenant }] of sides.entries()) {
      const answers = () => seen(admin, 'answer', after[place]);
      await waitFor('the callback', async () => (await answers()).length > 0);
      expect(await answers()).toMatchObject([{ key: tenant, payload: { 0: { Ping: 'Pong' } } }]);
    }
    expect(sent).toEqual(sides.map(({ pbx }) => cloud.names.jobQueue(pbx)));
    forget();
  });

  it('lets the credentials of one PBX do nothing in the name of the other', async () => {
    const { principal } = cloud.credentials.issued.find(({ thing }) => thing === left.pbx)!;
    const thief = credentialsOf(cloud, principal);
    const bus = new EventBridgeClient({ ...emulatorClient(cloud.gate.url, cloud.region), ...thief });
    const entry = (source: string, DetailType = 'ami.batch.v1') => ({
      EventBusName: cloud.names.bus,
      Source: source,
      DetailType,
      Detail: '{}',
    });
    const put = (...Entries: ReturnType<typeof entry>[]) => bus.send(new PutEventsCommand({ Entries }));
    const denied = { name: 'AccessDeniedException' };
    await expect(put(entry('pbx.right_hq'))).rejects.toMatchObject(denied);
    await expect(put(entry('pbx.left_hq'), entry('pbx.right_hq'))).rejects.toMatchObject(denied);
    await expect(put(entry('pbx.left_hq', 'something.else'))).rejects.toMatchObject(denied);
    const queues = new SQSClient({ ...emulatorClient(cloud.gate.url, cloud.region), ...thief });
    const take = (name: string) =>
      cloud.queueUrl(name).then((QueueUrl) => queues.send(new ReceiveMessageCommand({ QueueUrl })));
    await expect(take(cloud.names.jobQueue('right_hq'))).rejects.toMatchObject(denied);
    await expect(take(cloud.names.inbox('left'))).rejects.toMatchObject(denied);
    await expect(take(cloud.names.jobQueue('left_hq'))).resolves.toBeDefined();
    expect(cloud.gate.refusals.splice(0)).toHaveLength(5);
  });

  it('lets the function of one tenant read nothing of the other', async () => {
    const { emulatorUrl, region, names } = cloud;
    const { roleName } = await deployedFunction(emulatorUrl, region, names.routeEvents('left'));
    const statements = await statementsOfRole(emulatorUrl, roleName);
    const principal = { name: 'left', statements, variables: {}, expiresAt: Infinity };
    const client = { ...emulatorClient(cloud.gate.url, region), ...credentialsOf(cloud, principal) };
    const denied = { name: 'AccessDeniedException' };
    const secretOf = (tenant: string) =>
      new SSMClient(client).send(new GetParameterCommand({ Name: names.odooSecret(tenant) }));
    await expect(secretOf('right')).rejects.toMatchObject(denied);
    await expect(secretOf('left')).resolves.toBeDefined();
    const rowOf = (id: string) =>
      new DynamoDBClient(client).send(
        new GetItemCommand({ TableName: names.pbxTable, Key: { id: { S: id } } }),
      );
    await expect(rowOf('right_hq')).rejects.toMatchObject(denied);
    await expect(rowOf('key#0')).rejects.toMatchObject(denied);
    await expect(rowOf('left_hq')).resolves.toBeDefined();
    expect(cloud.gate.refusals.splice(0)).toHaveLength(3);
  });

  it('keeps one tenant going while the Odoo of the other is down, and loses nothing', async () => {
    await second.stop();
    const [there, here] = [`${right.number}9`, `${left.number}9`];
    await callFrom(there);
    const waiting = () => cloud.depthOf(cloud.names.inbox('right'));
    await waitFor('the event to wait in the inbox', async () => (await waiting()) > 0);
    await callFrom(here);
    expect(await waitForCalls(left.admin, here, 1)).toHaveLength(1);
    expect(await waiting()).toBeGreaterThan(0);
    await second.start();
    expect(await waitForCalls(right.admin, there, 1)).toHaveLength(1);
    await waitFor('the inbox to be empty', async () => (await waiting()) === 0);
    expect(cloud.inbox('right').invocations.every(({ error }) => error === undefined)).toBe(true);
  });

  it('did all of that within the rights of the deployed roles', () => {
    expect(cloud.gate.refusals).toEqual([]);
  });
});

let keys = 0;

/** Keys of somebody who has got hold of a role's credentials. */
function credentialsOf(cloud: Cloud, principal: Principal) {
  keys += 1;
  const accessKeyId = `ASIATESTONLYTHIEF${keys}`;
  cloud.gate.admit(accessKeyId, principal);
  return { credentials: { accessKeyId, secretAccessKey: 'test-only' }, maxAttempts: 1 };
}
