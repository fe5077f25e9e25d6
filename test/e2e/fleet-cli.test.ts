import { CloudFormationClient, CreateStackCommand, DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  CreateArchiveCommand,
  CreateEventBusCommand,
  DeleteArchiveCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateKeysAndCertificateCommand,
  CreatePolicyCommand,
  CreateThingCommand,
  DeleteCertificateCommand,
  DeletePolicyCommand,
  DeleteThingCommand,
  DescribeCertificateCommand,
  IoTClient,
  ListThingPrincipalsCommand,
} from '@aws-sdk/client-iot';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { enrollmentCodeSchema } from '#core/contracts/enrollment.ts';
import { resourceNames } from '#core/fleet/resource-names.ts';
import { agentStatus } from '#test/support/agent-statuses.ts';
import { describeOnLab } from './support/bench.ts';

const region = 'eu-west-3';
const platform = `h6${randomBytes(3).toString('hex')}`;
const names = resourceNames(platform);
const pbx = 'acme_hq';

describeOnLab('odoopbx against AWS (moto)', ({ lab }) => {
  const options = {
    region,
    endpoint: lab.moto.url,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const dynamo = new DynamoDBClient(options);
  const sqs = new SQSClient({ ...options, useQueueUrlAsEndpoint: false });
  const bus = new EventBridgeClient(options);
  const iot = new IoTClient(options);
  const cloudFormation = new CloudFormationClient(options);
  const folder = mkdtempSync(join(tmpdir(), 'odoopbx-fleet-cli-'));
  const urls: Record<string, string> = {};
  let certificate: { id: string; arn: string };

  /** The command as its user runs it. */
  async function odoopbx(args: string[], input = '', env: Record<string, string> = {}) {
    const child = spawn(process.execPath, [join(import.meta.dirname, '../../bin/odoopbx.ts'), ...args], {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        AWS_ENDPOINT_URL: lab.moto.url,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_EC2_METADATA_DISABLED: 'true',
        ...env,
      },
    });
    child.stdin.end(input);
    const closed = new Promise<number>((resolve) => void child.once('close', (code) => resolve(code ?? -1)));
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
    return { stdout, stderr, code };
  }
  const json = async <T>(...args: string[]): Promise<T> => {
    const { stdout, stderr } = await odoopbx(['--json', ...args]);
    return JSON.parse(stdout === '' ? stderr : stdout) as T;
  };
  const row = async (id: string) =>
    (await dynamo.send(new GetItemCommand({ TableName: names.pbxTable, Key: { id: { S: id } } }))).Item;

  async function createQueue(name: string): Promise<void> {
    const fifo = { FifoQueue: 'true', ContentBasedDeduplication: 'true' };
    const { QueueUrl = '' } = await sqs.send(
      new CreateQueueCommand({ QueueName: name, ...(name.endsWith('.fifo') && { Attributes: fifo }) }),
    );
    urls[name] = QueueUrl;
  }

  /** What the stacks would have made, by their names. */
  beforeAll(async () => {
    for (const table of [names.pbxTable, names.jobsTable, names.sessionsTable]) {
      await dynamo.send(
        new CreateTableCommand({
          TableName: table,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        }),
      );
    }
    for (const queue of [
      names.inbox('acme'),
      names.parked('acme'),
      names.undelivered('acme'),
      names.jobQueue(pbx),
    ]) {
      await createQueue(queue);
    }
    const { EventBusArn = '' } = await bus.send(new CreateEventBusCommand({ Name: names.bus }));
    await bus.send(
      new CreateArchiveCommand({
        ArchiveName: names.archive,
        EventSourceArn: EventBusArn,
        EventPattern: JSON.stringify({ source: [{ prefix: 'pbx.' }] }),
      }),
    );
    const rule = { EventBusName: names.bus, Name: names.inboxRule('acme') };
    await bus.send(
      new PutRuleCommand({ ...rule, EventPattern: JSON.stringify({ source: [{ prefix: 'pbx.acme_' }] }) }),
    );
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: urls[names.inbox('acme')], AttributeNames: ['QueueArn'] }),
    );
    const target = { Id: 'inbox', Arn: Attributes.QueueArn, SqsParameters: { MessageGroupId: 'acme' } };
    await bus.send(new PutTargetsCommand({ EventBusName: names.bus, Rule: rule.Name, Targets: [target] }));
    await iot.send(new CreateThingCommand({ thingName: pbx }));
    await iot.send(
      new CreatePolicyCommand({
        policyName: names.iotPolicy,
        policyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [] }),
      }),
    );
    const template = {
      Resources: { Topic: { Type: 'AWS::SNS::Topic', Properties: {} } },
      Outputs: { ApiUrl: { Value: 'https://api.example.com' } },
    };
    for (const StackName of [names.platformStack, names.apiStack, names.tenantStack('acme')]) {
      await cloudFormation.send(
        new CreateStackCommand({ StackName, TemplateBody: JSON.stringify(template) }),
      );
    }
  });

  /** As enroll-agent would. */
  async function enrol(): Promise<void> {
    const made = await iot.send(new CreateKeysAndCertificateCommand({ setAsActive: true }));
    certificate = { id: made.certificateId ?? '', arn: made.certificateArn ?? '' };
    await iot.send(new AttachPolicyCommand({ policyName: names.iotPolicy, target: certificate.arn }));
    await iot.send(new AttachThingPrincipalCommand({ thingName: pbx, principal: certificate.arn }));
  }

  /** As agent-status would. */
  async function reported(at: number): Promise<void> {
    await dynamo.send(
      new UpdateItemCommand({
        TableName: names.pbxTable,
        Key: { id: { S: pbx } },
        UpdateExpression: 'SET #status = :status, lastSeen = :at, kind = :kind, certificateId = :certificate',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: {
          ':status': { S: JSON.stringify(agentStatus(pbx, at)) },
          ':at': { N: String(at) },
          ':kind': { S: 'pbx' },
          ':certificate': { S: certificate.id },
        },
      }),
    );
  }

  afterAll(async () => {
    const rule = names.inboxRule('acme');
    await Promise.allSettled([
      ...[names.pbxTable, names.jobsTable, names.sessionsTable].map((TableName) =>
        dynamo.send(new DeleteTableCommand({ TableName })),
      ),
      ...Object.values(urls).map((QueueUrl) => sqs.send(new DeleteQueueCommand({ QueueUrl }))),
      ...[names.platformStack, names.apiStack, names.tenantStack('acme')].map((StackName) =>
        cloudFormation.send(new DeleteStackCommand({ StackName })),
      ),
      bus
        .send(new RemoveTargetsCommand({ EventBusName: names.bus, Rule: rule, Ids: ['inbox'] }))
        .then(() => bus.send(new DeleteRuleCommand({ EventBusName: names.bus, Name: rule })))
        .then(() => bus.send(new DeleteArchiveCommand({ ArchiveName: names.archive })))
        .then(() => bus.send(new DeleteEventBusCommand({ Name: names.bus }))),
      iot.send(new DeleteThingCommand({ thingName: pbx })),
      iot
        .send(new DeleteCertificateCommand({ certificateId: certificate.id }))
        .then(() => iot.send(new DeletePolicyCommand({ policyName: names.iotPolicy }))),
    ]);
    rmSync(folder, { recursive: true, force: true });
  });

  it('plans a fleet in fleet.yaml', async () => {
    expect((await odoopbx(['init', '--region', region, '--name', platform])).code).toBe(0);
    const tenant = ['--odoo-url', 'https://acme.example.com', '--db', 'acme', '--login', 'pbx'];
    expect((await odoopbx(['add', 'tenant', 'acme', ...tenant])).code).toBe(0);
    expect((await odoopbx(['add', 'pbx', 'acme/hq'])).code).toBe(0);
    expect(readFileSync(join(folder, 'fleet.yaml'), 'utf8')).toContain(
      '# Refuse credentials of any other account.',
    );
  });

  it('stores a secret encrypted', async () => {
    const { code, stdout, stderr } = await odoopbx(['secret', 'set', 'acme'], 'hunter2\n');
    expect({ code, leaked: (stdout + stderr).includes('hunter2') }).toEqual({ code: 0, leaked: false });
    const { Parameter } = await new SSMClient(options).send(
      new GetParameterCommand({ Name: names.odooSecret('acme'), WithDecryption: true }),
    );
    expect(Parameter).toMatchObject({ Type: 'SecureString', Value: 'hunter2' });
    expect(await json('secret', 'list')).toMatchObject({
      secrets: [{ name: names.odooSecret('acme'), set: true, expected: true }],
    });
  });

  it('invites a PBX by a code that only its hash is kept of, and ends it with the next', async () => {
    const first = await json<{ code: string; command: string }>('invite', 'acme/hq', '--valid', '1h');
    expect(first.command).toBe(`sudo odoopbx-agent enroll https://api.example.com ${first.code}`);
    const rowOf = (code: string) =>
      row(`code#${createHash('sha256').update(enrollmentCodeSchema.parse(code)).digest('hex')}`);
    expect((await rowOf(first.code))?.['pbx']?.S).toBe(pbx);
    const second = await json<{ code: string }>('invite', 'acme/hq');
    expect(await rowOf(first.code)).toBeUndefined();
    expect(await rowOf(second.code)).toBeDefined();
    expect((await odoopbx(['status'])).stdout).toContain('acme/hq: invited, but not enrolled yet');
  });

  it('makes door keys, two valid at once', async () => {
    const keys: string[] = [];
    for (let n = 0; n < 3; n += 1) {
      keys.push((await json<{ key: string }>('key', 'rotate', 'acme/hq', '--yes')).key);
    }
    const hashes = keys.map((key) => createHash('sha256').update(key).digest('hex'));
    const found = await Promise.all(hashes.map(async (hash) => (await row(`key#${hash}`))?.['pbx']?.S));
    expect(found).toEqual([undefined, pbx, pbx]);
    expect(await json('key', 'remove', 'acme/hq', String(hashes[1]).slice(0, 12), '--yes')).toMatchObject({
      valid: 1,
    });
    expect(await json('key', 'list', 'acme/hq')).toMatchObject({ keys: [String(hashes[2]).slice(0, 12)] });
  });

  it('finds a fleet that is well, and exits with 3 when its agent falls silent', async () => {
    await enrol();
    await reported(Math.floor(Date.now() / 1000) - 5);
    const well = await odoopbx(['status']);
    expect({ code: well.code, stdout: well.stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('All is well') as string,
    });
    const doctor = await odoopbx(['doctor']);
    expect({ code: doctor.code, stdout: doctor.stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('0 to look at, 0 failed') as string,
    });
    await reported(Math.floor(Date.now() / 1000) - 600);
    const silent = await odoopbx(['status', 'acme']);
    expect(silent.code).toBe(3);
    expect(silent.stdout).toContain('acme/hq: agent silent for 10 min');
  });

  it('puts what was parked and what was not delivered back into the inbox', async () => {
    const body = (n: number) =>
      JSON.stringify({ source: `pbx.${pbx}`, 'detail-type': 'ami.batch.v1', detail: { n } });
    const told = (code: string, message: string) => ({
      code: { DataType: 'String', StringValue: code },
      message: { DataType: 'String', StringValue: message },
    });
    for (let n = 0; n < 12; n += 1) {
      await sqs.send(
        new SendMessageCommand({
          QueueUrl: urls[names.parked('acme')],
          MessageBody: body(n),
          MessageGroupId: `g${n % 3}`,
          MessageAttributes: told('ODOO_METHOD_RAISED', 'KeyError'),
        }),
      );
    }
    await sqs.send(
      new SendMessageCommand({ QueueUrl: urls[names.undelivered('acme')], MessageBody: body(12) }),
    );
    const looked = await odoopbx(['redrive', 'acme', '--dry-run']);
    expect(looked.stdout).toMatch(/parked +ODOO_METHOD_RAISED +ami\.batch\.v1 +KeyError/);
    expect(await json('redrive', 'acme', '--dry-run')).toMatchObject({
      lying: { parked: 12, undelivered: 1 },
      moved: 0,
    });
    expect(await json('redrive', 'acme', '--yes')).toMatchObject({ moved: 13 });
    expect(await json('redrive', 'acme', '--dry-run')).toMatchObject({
      lying: { parked: 0, undelivered: 0 },
    });
    expect((await drainInbox()).toSorted()).toEqual(Array.from({ length: 13 }, (_, n) => body(n)).toSorted());
  });

  it('replays the archive to the inbox of one tenant', async () => {
    const from = new Date(Date.now() - 60_000).toISOString();
    const detail = JSON.stringify({ hello: 'again' });
    await bus.send(
      new PutEventsCommand({
        Entries: [
          { EventBusName: names.bus, Source: `pbx.${pbx}`, DetailType: 'ami.batch.v1', Detail: detail },
        ],
      }),
    );
    expect(await drainInbox()).toHaveLength(1);
    await new Promise((resolve) => void setTimeout(resolve, 1100));
    const to = new Date().toISOString();
    expect(await json('replay', 'acme', '--from', from, '--to', to, '--yes')).toMatchObject({
      status: 'COMPLETED',
    });
    expect((await drainInbox()).map((body) => (JSON.parse(body) as { detail: unknown }).detail)).toEqual([
      { hello: 'again' },
    ]);
  });

  it('revokes: the certificate is inactive and off the thing', async () => {
    expect(await json('revoke', 'acme/hq', '--yes')).toMatchObject({ certificates: [certificate.id] });
    const described = await iot.send(new DescribeCertificateCommand({ certificateId: certificate.id }));
    expect(described.certificateDescription?.status).toBe('INACTIVE');
    const left = await iot.send(new ListThingPrincipalsCommand({ thingName: pbx }));
    expect(left.principals).toEqual([]);
    expect((await odoopbx(['doctor', 'acme/hq'])).stdout).toContain('odoopbx invite acme/hq');
  });

  it('removes the PBX, then the tenant with its stack', async () => {
    expect((await odoopbx(['remove', 'pbx', 'acme/hq', '--yes'])).code).toBe(0);
    expect(await row(pbx)).toBeUndefined();
    const removed = await odoopbx(['remove', 'tenant', 'acme', '--yes']);
    expect(removed).toMatchObject({ code: 0, stdout: expect.stringContaining('is deleted') as string });
    expect(await json('secret', 'list')).toEqual({ secrets: [] });
    expect(readFileSync(join(folder, 'fleet.yaml'), 'utf8').endsWith('\ntenants: {}\n')).toBe(true);
  });

  it('says what is wrong with credentials, network and account', async () => {
    expect(
      (await odoopbx(['status'], '', { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' })).stderr,
    ).toContain('there are no AWS credentials');
    expect((await odoopbx(['status'], '', { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' })).stderr).toContain(
      'AWS_UNREACHABLE',
    );
  });

  async function drainInbox(): Promise<string[]> {
    const bodies: string[] = [];
    for (;;) {
      const QueueUrl = urls[names.inbox('acme')];
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
      );
      if (Messages.length === 0) return bodies;
      for (const { Body = '', ReceiptHandle } of Messages) {
        bodies.push(Body);
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
  }
});
