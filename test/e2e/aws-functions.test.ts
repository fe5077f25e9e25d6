import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateEventBusCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreatePolicyCommand,
  CreateThingCommand,
  DeletePolicyCommand,
  DeleteThingCommand,
  DescribeCertificateCommand,
  IoTClient,
  ListAttachedPoliciesCommand,
  ListCertificatesCommand,
  ListThingPrincipalsCommand,
} from '@aws-sdk/client-iot';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { clientOptions, sqsClientOptions } from '#aws/client-options.ts';
import { createDynamoJobStore } from '#aws/dynamo-job-store.ts';
import { createEnrollmentCodes } from '#aws/enrollment-codes.ts';
import { createIotCertificates } from '#aws/iot-certificates.ts';
import type { LambdaContext } from '#aws/lambda-logger.ts';
import { createPbxKeys } from '#aws/pbx-keys.ts';
import { markRevoked, readPbxRows } from '#aws/pbx-rows.ts';
import { agentStatusDetailType } from '#core/contracts/agent-status.ts';
import { enrollmentAnswerSchema } from '#core/contracts/enrollment.ts';
import { jobResultSchema } from '#core/contracts/job-result.ts';
import { resourceNames } from '#core/fleet/resource-names.ts';
import { makeIdentity } from '#edge-agent/enroll/make-identity.ts';
import { jobRecord } from '#test/contract/job-store.ts';
import { agentStatus } from '#test/support/agent-statuses.ts';
import { createTables } from './support/dynamo-tables.ts';

const bench = inject('bench');

/** The handlers as Lambda loads them, on moto: what they read of the environment and how their parts are joined. */
describe.skipIf(bench === null)('the functions of the platform on moto', () => {
  const platform = `t${randomUUID().slice(0, 8)}`;
  const names = resourceNames(platform);
  const pbxId = `${platform}-acme_hq`;
  const account = {
    endpoint: bench?.lab.moto.url ?? '',
    // Of this file's own: the certificates of a region are counted.
    region: 'eu-west-3',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const dynamo = new DynamoDBClient({ ...clientOptions(), ...account });
  const sqs = new SQSClient({ ...sqsClientOptions(), ...account });
  const events = new EventBridgeClient({ ...clientOptions(), ...account });
  const iot = new IoTClient({ ...clientOptions(), ...account });
  const pbxTable = { client: dynamo, table: names.pbxTable };
  const undo: (() => Promise<unknown>)[] = [];
  const context = {
    awsRequestId: 'request-1',
    functionName: 'e2e',
    getRemainingTimeInMillis: () => 50_000,
  } as LambdaContext;

  beforeAll(async () => {
    const environment = {
      AWS_ENDPOINT_URL: account.endpoint,
      AWS_REGION: account.region,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      PLATFORM: platform,
      PBX_TABLE: names.pbxTable,
      JOBS_TABLE: names.jobsTable,
      BUS: names.bus,
      IOT_POLICY: names.iotPolicy,
      ROLE_ALIAS: names.roleAlias,
      JOB_QUEUE_URL_BASE: `https://sqs.eu-west-3.amazonaws.com/123456789012/${platform}-jobs-`,
    };
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    undo.push(
      await createTables(dynamo, {
        jobs: names.jobsTable,
        pbx: names.pbxTable,
        sessions: names.sessionsTable,
      }),
    );
    await createPbxKeys(pbxTable).add(pbxId, '1'.repeat(64));
  });

  afterAll(async () => {
    vi.unstubAllEnvs();
    for (const step of undo.toReversed()) await step();
  });

  const row = async () => (await readPbxRows(pbxTable, [pbxId])).get(pbxId);

  it('agent-status keeps a status with the time at which it came', async () => {
    const { handler } = await import('#lambdas/agent-status/handler.ts');
    const status = agentStatus(pbxId, 1_790_000_000);
    await handler({ source: `pbx.${pbxId}`, 'detail-type': agentStatusDetailType, detail: status }, context);
    const kept = await row();
    expect(kept?.status).toEqual(status);
    expect(kept?.lastSeen).toBeGreaterThan(1_790_000_000);
  });

  it('sweep answers for a PBX that is gone, into the inbox, and tells its silence', async () => {
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `${platform}-results` }));
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
    );
    await events.send(new CreateEventBusCommand({ Name: names.bus }));
    const rule = { Name: 'results', EventBusName: names.bus };
    await events.send(new PutRuleCommand({ ...rule, EventPattern: '{"detail-type":["job.result.v1"]}' }));
    const targets = [{ Id: 'results', Arn: Attributes?.['QueueArn'] }];
    await events.send(new PutTargetsCommand({ Rule: rule.Name, EventBusName: names.bus, Targets: targets }));
    undo.push(async () => {
      await events.send(
        new RemoveTargetsCommand({ Rule: rule.Name, EventBusName: names.bus, Ids: ['results'] }),
      );
      await events.send(new DeleteRuleCommand(rule));
      await events.send(new DeleteEventBusCommand({ Name: names.bus }));
      await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    });
    const now = Date.now() / 1000;
    const jobs = createDynamoJobStore({ client: dynamo, table: names.jobsTable });
    const gone = `${platform}-gone_hq`;
    await jobs.create(jobRecord('job-00000001', { pbx: gone, createdAt: now - 120, expiresAt: now - 60 }));
    await jobs.create(jobRecord('job-00000002', { pbx: pbxId, createdAt: now - 120, expiresAt: now - 60 }));
    const written: string[] = [];
    const write = vi
      .spyOn(process.stdout, 'write')
      .mockImplementation((text) => written.push(String(text)) > 0);
    const { handler } = await import('#lambdas/sweep/handler.ts');
    await handler({}, context);
    await handler({}, context);
    write.mockRestore();
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    const bodies = Messages.map(({ Body }) => JSON.parse(Body ?? '') as { source: string; detail: unknown });
    expect(bodies.map(({ source }) => source)).toEqual([`pbx.${gone}`]);
    expect(jobResultSchema.parse(bodies[0]?.detail)).toMatchObject({
      jobId: 'job-00000001',
      status: 'expired',
    });
    const metrics = written
      .filter((line) => line.includes('AgentsSilent'))
      .map((line) => JSON.parse(line) as object);
    expect(metrics).toHaveLength(2);
    expect(metrics[0]).toMatchObject({ platform, tenant: `${platform}-acme`, AgentsSilent: 0 });
  });

  describe('enroll-agent', () => {
    const codes = createEnrollmentCodes({ ...pbxTable, now: Date.now });
    const thing = { thingName: pbxId };
    const principals = async () => (await iot.send(new ListThingPrincipalsCommand(thing))).principals ?? [];
    const statusOf = async (certificateId: string) =>
      (await iot.send(new DescribeCertificateCommand({ certificateId }))).certificateDescription?.status;
    const listCertificates = async () =>
      (await iot.send(new ListCertificatesCommand({ pageSize: 250 }))).certificates ?? [];

    afterAll(async () => {
      const certificates = createIotCertificates({ client: iot, policy: names.iotPolicy });
      for (const { certificateId: id = '', certificateArn: arn = '' } of await listCertificates()) {
        await certificates.discard({ id, arn }, pbxId);
      }
      await iot.send(new DeleteThingCommand(thing));
      await iot.send(new DeletePolicyCommand({ policyName: names.iotPolicy }));
    });

    async function post(code: string) {
      const { handler } = await import('#lambdas/enroll-agent/handler.ts');
      const { csrPem: csr } = await makeIdentity();
      const body = Buffer.from(JSON.stringify({ code, csr })).toString('base64');
      return handler({ body, isBase64Encoded: true }, context);
    }

    it('gives back the code while the PBX is not deployed, and leaves no certificate', async () => {
      const { code } = await codes.make(pbxId, 600);
      const before = await listCertificates();
      expect((await post(code)).statusCode).toBe(409);
      expect(await listCertificates()).toEqual(before);
      await iot.send(new CreateThingCommand(thing));
      expect((await post(code)).statusCode).toBe(409);
      expect(await principals()).toEqual([]);
      const document = { Version: '2012-10-17', Statement: [] };
      const policyName = names.iotPolicy;
      await iot.send(new CreatePolicyCommand({ policyName, policyDocument: JSON.stringify(document) }));
      expect((await post(code)).statusCode).toBe(200);
      expect((await post(code)).statusCode).toBe(403);
    });

    it('cuts off the former certificate of a PBX that is built anew, also after it was revoked', async () => {
      const former = (await row())?.certificateId ?? '';
      expect(await statusOf(former)).toBe('ACTIVE');
      await markRevoked(pbxTable, pbxId);
      const { code } = await codes.make(pbxId, 600);
      const answer = enrollmentAnswerSchema.parse(JSON.parse((await post(code)).body));
      expect(answer.cloud.queueUrl).toMatch(new RegExp(`/${platform}-jobs-${pbxId}$`));
      expect(answer.certificateId).not.toBe(former);
      expect((await row())?.certificateId).toBe(answer.certificateId);
      expect(await statusOf(former)).toBe('INACTIVE');
      expect(await statusOf(answer.certificateId)).toBe('ACTIVE');
      const attached = await principals();
      expect(attached).toEqual([expect.stringContaining(answer.certificateId)]);
      const { policies } = await iot.send(new ListAttachedPoliciesCommand({ target: attached[0] }));
      expect(policies?.map(({ policyName }) => policyName)).toEqual([names.iotPolicy]);
    });
  });
});
