import { DynamoDBClient, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { asteriskCli } from '#scripts/lab/asterisk-service.ts';
import { runOdooShell } from '#scripts/lab/odoo-program.ts';
import { type Phone, placeCall, startPhone } from '#scripts/lab/sipp.ts';
import { type AgentProcess, startAgentProcess, writeAgentFiles } from '#test/support/cloud/agent-process.ts';
import { type AwsAnswer, type HeldCall, failure } from '#test/support/cloud/aws-gate.ts';
import { emulatorClient } from '#test/support/cloud/emulator-calls.ts';
import { type OperatorCli, operatorCli } from '#test/support/cloud/operator-cli.ts';
import { type Cloud, startCloud } from '#test/support/cloud/start-cloud.ts';
import { describeOnLab, lastSeen, seen } from './support/bench.ts';
import { freshNumber, labAdmin, labOdoo, removeServer, waitForCalls } from './support/cloud-odoo.ts';
import { type OdooSession, upsertServer } from './support/odoo-admin.ts';
import { waitFor } from './support/wait-for.ts';

describeOnLab('the cloud when things go wrong: nothing is lost, nothing is done twice', (bench) => {
  const { lab, agentUser } = bench;
  const pbx = 'fault_hq';
  const fleet = {
    platform: { name: 'e2e-faults', region: 'eu-central-1' },
    tenants: { fault: { odoo: labOdoo(bench), pbxs: { hq: {} } } },
  };
  let cloud: Cloud;
  let operator: OperatorCli;
  let admin: OdooSession;
  let agent: AgentProcess;
  let phone: Phone;
  let serverId = 0;

  beforeAll(async () => {
    admin = labAdmin(bench);
    cloud = await startCloud({ lab, fleet, secrets: { fault: agentUser.apiKey } });
    operator = operatorCli(cloud, fleet);
    const { key } = await operator.json<{ key: string }>(['key', 'rotate', 'fault/hq']);
    const doorUrl = cloud.gateway.url;
    serverId = await upsertServer(admin, { pbx, doorUrl, apiKey: key });
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

  /** So many calls at once; their records, when all are there and nothing is on its way any more. */
  const recordsOf = async (number: string, calls: number) => {
    const from = { number };
    await placeCall({
      extension: lab.extensions.answered,
      durationMs: 300,
      from,
      calls,
      callsPerSecond: 10,
    });
    return settledRecords(number, calls);
  };
  const settledRecords = async (number: string, calls: number) => {
    await waitForCalls(admin, number, calls);
    // Whatever is twice would be there by then: spool and inbox are worked off in their order.
    await recordedCall();
    return waitForCalls(admin, number, calls);
  };
  const recordedCall = async () => {
    const number = freshNumber('12069');
    await placeCall({ extension: lab.extensions.answered, durationMs: 300, from: { number } });
    await waitForCalls(admin, number, 1);
  };
  const expectOnceEach = (records: readonly { uniqueid: string }[], calls: number) => {
    expect(records).toHaveLength(calls);
    expect(new Set(records.map(({ uniqueid }) => uniqueid)).size).toBe(calls);
  };
  const isPutByAgent = (call: HeldCall) =>
    call.operation === 'PutEvents' && call.principal.name.includes('agent');

  it('makes one record of an event that is delivered twice, backwards', async () => {
    const inbox = cloud.inbox('fault');
    inbox.duplicate = true;
    inbox.reverse = true;
    const before = inbox.invocations.length;
    expectOnceEach(await recordsOf(freshNumber('12061'), 5), 5);
    inbox.duplicate = false;
    inbox.reverse = false;
    expect(inbox.invocations.length - before).toBeGreaterThanOrEqual(2);
    expect(inbox.invocations.every(({ error, failures }) => error === undefined && failures === 0)).toBe(
      true,
    );
  });

  it('gets over credentials that end before their time', async () => {
    const asked = cloud.credentials.answers.length;
    for (const { principal } of cloud.credentials.issued) principal.expiresAt = Date.now();
    expectOnceEach(await recordsOf(freshNumber('12062'), 2), 2);
    expect(cloud.credentials.answers.slice(asked)).toEqual([{ thing: pbx, status: 200 }]);
  });

  it('sends again what PutEvents throttles or takes in part, and after a power cut', async () => {
    const number = freshNumber('12063');
    let refused = 0;
    const stop = cloud.gate.intercept((call) => {
      if (!isPutByAgent(call)) return undefined;
      refused += 1;
      return refused % 2 === 0
        ? Promise.resolve(failure(400, 'ThrottlingException', 'Rate exceeded'))
        : allButFirst(call);
    });
    const from = { number };
    await placeCall({
      extension: lab.extensions.answered,
      durationMs: 300,
      from,
      calls: 6,
      callsPerSecond: 10,
    });
    await waitFor('the agent to be refused some times', () => refused >= 4);
    await agent.stop('SIGKILL');
    agent.start();
    await waitFor('the agent to be refused again', () => refused >= 6);
    stop();
    expectOnceEach(await settledRecords(number, 6), 6);
    expect(agent.status()?.status.counts).toMatchObject({ dropped: 0, setAside: 0 });
  });

  it('parks what nobody can deliver, tells why, and goes on', async () => {
    const bus = new EventBridgeClient(emulatorClient(cloud.emulatorUrl, cloud.region));
    const put = (detail: object) =>
      bus.send(
        new PutEventsCommand({
          Entries: [
            {
              EventBusName: cloud.names.bus,
              Source: `pbx.${pbx}`,
              DetailType: 'ami.batch.v1',
              Detail: JSON.stringify(detail),
            },
          ],
        }),
      );
    await put({ v: 1, pbx, what: 'no batch' });
    await put({ v: 1, pbx: 'fault_other' });
    await recordedCall();
    const parked = await waitFor('two parked messages', async () => {
      const found = await peek();
      return found.length === 2 && found;
    });
    const codes = ({ MessageAttributes }: Message) => MessageAttributes?.['code']?.StringValue;
    expect(new Set(parked.map(codes))).toEqual(new Set(['MESSAGE_INVALID', 'MESSAGE_SOURCE_MISMATCH']));
    expect(JSON.parse(parked[0]!.Body ?? '')).toMatchObject({
      source: `pbx.${pbx}`,
      'detail-type': 'ami.batch.v1',
    });
    // What the alarm looks at besides the queue's depth.
    expect(cloud.log()).toMatch(/"Namespace":"OdooPBX"[^\n]*"Parked"/);
    const { stdout, code } = await operator.run(['--json', 'status']);
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ healthy: false, tenants: [{ parked: 2 }] });
  });

  it('answers for a PBX that does not come back, and runs nothing late', async () => {
    const after = await lastSeen(admin);
    const answers = () => seen(admin, 'answer', after);
    await agent.stop();
    await dialWithin(2, { Action: 'Originate', Channel: 'PJSIP/phone1', Context: 'lab', Exten: '105' });
    await makeOlder(600);
    await cloud.sweep();
    await waitFor('the callback', async () => (await answers()).length > 0);
    await cloud.sweep();
    expect(await answers()).toMatchObject([{ key: 'late', payload: { 0: { Response: 'Error' } } }]);
    // The PBX comes back and finds the job in its queue.
    expect(await cloud.depthOf(cloud.names.jobQueue(pbx))).toBe(1);
    await sleep(2000);
    agent.start();
    await agent.ready();
    const queue = cloud.names.jobQueue(pbx);
    await waitFor('the agent to take the job', async () => (await cloud.depthOf(queue)) === 0);
    await recordedCall();
    expect(await answers()).toHaveLength(1);
    expect(await asteriskCli('core show channels concise')).not.toContain('PJSIP/phone1');
  });

  it('did all of that within the rights of the deployed roles', () => {
    expect(cloud.gate.refusals).toEqual([]);
  });

  /** What stands in the tenant's DLQ, left where it is. */
  async function peek(): Promise<Message[]> {
    const sqs = new SQSClient(emulatorClient(cloud.emulatorUrl, cloud.region));
    const QueueUrl = await cloud.queueUrl(cloud.names.parked('fault'));
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 0,
        MessageAttributeNames: ['All'],
      }),
    );
    return Messages;
  }

  /** A job from Odoo that must not run later than so many seconds from now. */
  async function dialWithin(seconds: number, action: object): Promise<void> {
    await runOdooShell(
      lab.odoo.db,
      `env['asterisk_plus.server'].browse(${serverId}).local_job('asterisk.manager_action',
  ${JSON.stringify(action)}, res_model='asterisk_e2e.seen', res_method='note_answer',
  pass_back={'key': 'late'}, expires_in=${seconds})
env.cr.commit()
`,
    );
  }

  /** What the tables would hold had so much time passed. */
  async function makeOlder(seconds: number): Promise<void> {
    const dynamo = new DynamoDBClient(emulatorClient(cloud.emulatorUrl, cloud.region));
    const { jobsTable, pbxTable } = cloud.names;
    const { Items = [] } = await dynamo.send(
      new QueryCommand({
        TableName: jobsTable,
        KeyConditionExpression: 'pbx = :pbx',
        FilterExpression: 'attribute_exists(expiresAt) AND attribute_exists(#open)',
        ExpressionAttributeNames: { '#open': 'open' },
        ExpressionAttributeValues: { ':pbx': { S: pbx } },
      }),
    );
    expect(Items).toHaveLength(1);
    const back = { ':back': { N: String(seconds) } };
    const { pbx: row, id } = Items[0]!;
    await dynamo.send(
      new UpdateItemCommand({
        TableName: jobsTable,
        Key: { pbx: row!, id: id! },
        UpdateExpression: 'SET expiresAt = expiresAt - :back, createdAt = createdAt - :back',
        ExpressionAttributeValues: back,
      }),
    );
    await dynamo.send(
      new UpdateItemCommand({
        TableName: pbxTable,
        Key: { id: { S: pbx } },
        UpdateExpression: 'SET lastSeen = lastSeen - :back - :back',
        ExpressionAttributeValues: back,
      }),
    );
  }
});

/** EventBridge takes the entries one by one and says so of each. */
async function allButFirst(call: HeldCall): Promise<AwsAnswer> {
  const [, ...rest] = call.input['Entries'] as unknown[];
  const refused = { ErrorCode: 'InternalFailure', ErrorMessage: 'not this time' };
  const taken =
    rest.length === 0
      ? []
      : (JSON.parse((await call.forward({ ...call.input, Entries: rest })).body) as { Entries: object[] })
          .Entries;
  return { status: 200, body: JSON.stringify({ FailedEntryCount: 1, Entries: [refused, ...taken] }) };
}
