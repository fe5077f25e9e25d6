import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { amiBatchSchema, type AmiBatch } from '#core/contracts/ami-batch.ts';
import { agentStatusSchema } from '#core/contracts/agent-status.ts';
import { jobResultSchema } from '#core/contracts/job-result.ts';
import type { Job } from '#core/contracts/job.ts';
import { silentLogger } from '#core/ports/logger.ts';
import { readConfigFile } from '#edge-agent/config/read-config.ts';
import { agentConfigSchema } from '#edge-agent/config/schema.ts';
import { type CloudAgent, createCloudAgent } from '#edge-agent/run-cloud.ts';
import { livenessOf } from '#edge-agent/status/show-status.ts';
import { readStatusFile } from '#edge-agent/status/status-file.ts';
import { systemClock } from '#edge-agent/system-clock.ts';
import { systemRandom } from '#edge-agent/system-random.ts';
import { createPbxSimulator } from '#standalone/simulator/ami-server.ts';
import { startSqsEmulator, type SqsEmulator } from '#test/emulators/sqs-emulator.ts';
import { type CredentialEndpoint, startCredentialEndpoint } from '#test/support/credential-endpoint.ts';
import { type PutEventsStub, startPutEventsStub } from '#test/support/put-events-stub.ts';
import { recordingLogger } from '#test/support/recording-logger.ts';
import { createTestCa, type KeyedCertificate, type TestCa } from '#test/support/test-ca.ts';
import { uploadReceiver } from '#test/support/upload-receiver.ts';

/*
 * The agent in cloud mode from its configuration file on, against a simulated PBX, an SQS emulator, IoT's credential
 * provider over mTLS and PutEvents over https. What the PBX did is counted at the agent's own spool.
 */

const simulator = createPbxSimulator(
  {
    port: 0, callsPerMinute: 0, speed: 50, seed: 7, timeZone: 'America/Caracas',
    users: [{ username: 'u', secret: 's', read: 'all', write: 'all' }],
  },
  { clock: systemClock, logger: silentLogger },
); // prettier-ignore
let ca: TestCa;
let server: KeyedCertificate;
let sqs: SqsEmulator;
let operator: SQSClient;
beforeAll(async () => {
  await simulator.start();
  ca = await createTestCa();
  server = await ca.serverCertificate();
  sqs = await startSqsEmulator();
  const credentials = { accessKeyId: 'ASIAOPERATOR', secretAccessKey: 'secret' };
  operator = new SQSClient({
    endpoint: sqs.url,
    region: 'eu-central-1',
    useQueueUrlAsEndpoint: false,
    credentials,
  });
});
afterAll(async () => {
  operator.destroy();
  await sqs.stop();
  await simulator.stop();
});

let folder: string;
let own: KeyedCertificate;
let endpoint: CredentialEndpoint;
let events: PutEventsStub;
let queueUrl: string;
let cloudAgent: CloudAgent;
let logger: ReturnType<typeof recordingLogger>;
let number = 0;

beforeEach(async () => {
  number += 1;
  folder = mkdtempSync(join(tmpdir(), 'cloud-agent-'));
  own = await ca.clientCertificate('acme_hq');
  endpoint = await startCredentialEndpoint({ ca, roleAlias: 'p-agent' });
  endpoint.attach(own.certificateId, 'acme_hq');
  events = await startPutEventsStub({
    accepts: (key, token) => endpoint.accepts(key, token),
    certificate: server,
  });
  const { QueueUrl = '' } = await operator.send(
    new CreateQueueCommand({ QueueName: `p-jobs-acme_hq-${number}` }),
  );
  queueUrl = QueueUrl;
  logger = recordingLogger();
  cloudAgent = makeAgent();
});
afterEach(async () => {
  simulator.traffic.setCallsPerMinute(0);
  await cloudAgent.stop({ drainMs: 0 });
  await Promise.all([endpoint.stop(), events.stop()]);
  rmSync(folder, { recursive: true });
});

function writeIdentity({ certificatePem, keyPem }: KeyedCertificate): void {
  writeFileSync(join(folder, 'certificate.pem'), certificatePem);
  writeFileSync(join(folder, 'key.pem'), keyPem, { mode: 0o600 });
}

function makeAgent(): CloudAgent {
  writeIdentity(own);
  writeFileSync(join(folder, 'ca.pem'), ca.certificatePem);
  const path = join(folder, 'acme_hq.yaml');
  const text = `
pbx: acme_hq
stateDir: ${join(folder, 'state')}
ami:
  port: ${simulator.port}
  events: { username: u, secret: s }
  actions: { username: u, secret: s }
files:
  recordingDir: ${join(folder, 'monitor')}
  recordingDirInAsterisk: /var/spool/asterisk/monitor
  uploadHosts: [127.0.0.1]
cloud:
  region: eu-central-1
  bus: p
  queueUrl: ${queueUrl}
  credentialsEndpoint: ${endpoint.address}
  roleAlias: p-agent
  certificateFile: certificate.pem
  keyFile: key.pem
  caFile: ca.pem
  endpoints: { events: ${events.url}, sqs: ${sqs.url} }
`;
  writeFileSync(path, text, { mode: 0o600 });
  const { config } = readConfigFile(path, agentConfigSchema, {});
  if (!config.cloud) throw new Error('no cloud section');
  return createCloudAgent({
    config: { ...config, cloud: config.cloud },
    env: {},
    clock: systemClock,
    random: systemRandom,
    logger,
    version: '0.1.0',
  });
}

const until = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 20 });
const details = (type: string): unknown[] =>
  events.accepted
    .filter(({ DetailType }) => DetailType === type)
    .map(({ Detail }) => JSON.parse(Detail) as unknown);
const batches = (): AmiBatch[] => details('ami.batch.v1').map((detail) => amiBatchSchema.parse(detail));
const results = () => details('job.result.v1').map((detail) => jobResultSchema.parse(detail));
const seqs = () => batches().flatMap((batch) => batch.events.map(({ seq }) => seq));
const statusFile = () => readStatusFile(join(folder, 'state'));

let jobs = 0;
async function send(fun: string, args: Job['args'] = [], kwargs: Job['kwargs'] = {}): Promise<string> {
  jobs += 1;
  const now = Date.now() / 1000;
  const id = `job-${String(jobs).padStart(8, '0')}`;
  const job: Job = { v: 1, id, fun, args, kwargs, timeoutMs: 10_000, createdAt: now, expiresAt: now + 60 };
  await operator.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(job) }));
  return id;
}

/** Lets the agent run with rules, so that calls become events. */
async function startWithRules(...names: string[]): Promise<void> {
  await cloudAgent.start();
  const rules = names.map((name, index) => ({ id: `${index + 1}`, name, delay: 0, condition: '' }));
  const id = await send('agent.configure', [], { rules, rulesVersion: 'a'.repeat(16), asOf: jobs + 1 });
  await until(() => expect(results().map(({ jobId }) => jobId)).toContain(id));
  await until(() => expect(cloudAgent.agent.status().ami.state).toBe('connected'));
}

/** Stops the calls; every event that was spooled has to be accepted, once and in its order. */
async function expectNothingLost(): Promise<void> {
  simulator.traffic.setCallsPerMinute(0);
  await until(() => {
    const { spool, counts } = cloudAgent.agent.status();
    expect(spool.items).toBe(0);
    expect(counts.dropped + counts.setAside).toBe(0);
    expect(seqs().length).toBeGreaterThanOrEqual(counts.matched);
  });
  const sent = seqs();
  expect(sent).toEqual(sent.map((_, index) => sent[0]! + index));
}

test('rules come by the queue, events and results leave by the bus, under the name of the PBX', async () => {
  await startWithRules('Newchannel', 'Hangup');
  const dial = { Action: 'Originate', Channel: 'PJSIP/1004', Application: 'Wait', Data: '1', Async: 'true' };
  const id = await send('asterisk.manager_action', [dial]);
  await until(() => expect(results().find(({ jobId }) => jobId === id)).toMatchObject({ status: 'done' }));
  await until(() => expect(seqs().length).toBeGreaterThan(1));
  expect(new Set(events.accepted.map(({ EventBusName, Source }) => `${EventBusName} ${Source}`))).toEqual(
    new Set(['p pbx.acme_hq']),
  );
  const { Attributes } = await operator.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }),
  );
  expect(Attributes).toMatchObject({ ApproximateNumberOfMessages: '0', ApproximateNumberOfMessagesNotVisible: '0' });
  await until(() => {
    const file = statusFile();
    expect(file?.cloud).toMatchObject({
      region: 'eu-central-1',
      credentials: { validUntil: expect.any(Number), problem: null },
      events: { succeededAt: expect.any(Number), problem: null },
      jobs: { problem: null },
      clockAheadSeconds: expect.any(Number),
    });
    expect(livenessOf(file!, Date.now() / 1000)).toBe('online');
  });
  // The contract with the platform knows nothing of it.
  for (const status of details('agent.status.v1')) expect(Object.keys(agentStatusSchema.parse(status))).not.toContain('cloud');
  expect(details('agent.status.v1')).not.toEqual([]);
}); // prettier-ignore

test('a recording goes straight to Odoo, and on from where it was when the agent is started anew', async () => {
  const content = randomBytes(3_000_000);
  mkdirSync(join(folder, 'monitor'));
  writeFileSync(join(folder, 'monitor', 'call.wav'), content);
  const receiver = await uploadReceiver(server);
  const hangs = new Promise<void>((resolve) => {
    receiver.before = ({ headers }) => {
      const hold = headers['content-range']?.startsWith('bytes 1000000-') ?? false;
      if (hold) resolve();
      return hold;
    };
  });
  await cloudAgent.start();
  const upload = { url: receiver.url, expires_at: Date.now() / 1000 + 3600 };
  const id = await send('recording.get_file', ['/var/spool/asterisk/monitor/call.wav'], { upload });
  await hangs;
  await cloudAgent.stop({ drainMs: 1000 });
  expect(results()).toEqual([]);
  receiver.before = () => false;
  cloudAgent = makeAgent();
  await cloudAgent.start();
  await until(() => expect(results()).toHaveLength(1));
  expect(results()[0]).toMatchObject({
    jobId: id,
    status: 'done',
    result: { file_name: 'call.wav', bytes: content.length, attachment_id: 42 },
  });
  expect(receiver.received.equals(content)).toBe(true);
});

describe('the credentials', () => {
  test('end and are renewed while events pass', async () => {
    // 5 s are kept for the last call: each lives a second.
    endpoint.lifeMs = 6000;
    await startWithRules('Newchannel', 'Hangup');
    simulator.traffic.setCallsPerMinute(1200);
    await until(() => expect(new Set(events.signedBy).size).toBeGreaterThan(3));
    await expectNothingLost();
    expect(logger.at('warn')).toEqual([]);
  });

  test('are revoked in the middle: the next call has new ones, and nothing is lost', async () => {
    await startWithRules('Newchannel', 'Hangup');
    simulator.traffic.setCallsPerMinute(1200);
    await until(() => expect(seqs().length).toBeGreaterThan(5));
    endpoint.expireAll();
    const before = seqs().length;
    await until(() => expect(seqs().length).toBeGreaterThan(before + 5));
    await expectNothingLost();
    expect(endpoint.issued.length).toBe(2);
  });
});

test('throttled, failing in part and failing altogether: everything arrives, once and in order', async () => {
  await startWithRules('Newchannel', 'Hangup', 'Newstate');
  events.faults.push(
    { kind: 'error', status: 400, name: 'ThrottlingException' },
    { kind: 'error', status: 400, name: 'ThrottlingException' },
    { kind: 'entries', places: [0], code: 'ThrottlingException' },
    { kind: 'error', status: 500, name: 'InternalException' },
    { kind: 'entries', places: [0, 1, 2], code: 'InternalFailure' },
  );
  simulator.traffic.setCallsPerMinute(300);
  await until(() => expect(events.faults).toEqual([]));
  await until(() => expect(seqs().length).toBeGreaterThan(20));
  await expectNothingLost();
});

test('a revoked certificate: the agent spools and says so; enrolled anew it goes on by itself', async () => {
  await startWithRules('Newchannel', 'Hangup');
  endpoint.revoke(own.certificateId);
  endpoint.expireAll();
  simulator.traffic.setCallsPerMinute(1200);
  await until(() => {
    const file = statusFile();
    expect(file?.cloud?.events.problem).toMatchObject({ code: expect.stringMatching(/CLOUD_|BUS_/) });
    expect(file?.cloud?.credentials.problem).toMatchObject({
      code: 'CLOUD_IDENTITY_REFUSED',
      message: expect.stringContaining('Certificate is invalid on this endpoint'),
    });
    expect(livenessOf(file!, Date.now() / 1000)).toBe('failing');
    expect(cloudAgent.agent.status().spool.items).toBeGreaterThan(10);
  });
  simulator.traffic.setCallsPerMinute(0);

  const renewed = await ca.clientCertificate('acme_hq');
  endpoint.attach(renewed.certificateId, 'acme_hq');
  writeIdentity(renewed);
  await expectNothingLost();
  const id = await send('test.ping');
  await until(() => expect(results().map(({ jobId }) => jobId)).toContain(id));
  await until(() => expect(statusFile()?.cloud).toMatchObject({ credentials: { problem: null }, events: { problem: null } }));
}, 40_000); // prettier-ignore

test('stopping ends the long poll; what came in the last moment leaves with the next start', async () => {
  await startWithRules('Newchannel', 'Hangup');
  simulator.traffic.setCallsPerMinute(1200);
  await until(() => expect(seqs().length).toBeGreaterThan(5));
  simulator.traffic.setCallsPerMinute(0);
  await cloudAgent.stop({ drainMs: 5000 });
  const last = statusFile()?.status;
  expect(last?.ami.state).toBe('stopped');
  expect(details('agent.status.v1').at(-1)).toMatchObject({ ami: { state: 'stopped' } });
  cloudAgent = makeAgent();
  await cloudAgent.start();
  await until(() => expect(seqs().length).toBeGreaterThanOrEqual(last!.counts.matched));
  const keys = batches().flatMap(({ epoch, events: items }) => items.map(({ seq }) => `${epoch} ${seq}`));
  expect(new Set(keys).size).toBe(keys.length);
});
