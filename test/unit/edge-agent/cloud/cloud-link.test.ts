import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BusEntry } from '#core/ports/bus.ts';
import { type CloudLink, type CloudSettings, createCloudLink } from '#edge-agent/cloud/cloud-link.ts';
import { systemClock } from '#edge-agent/system-clock.ts';
import { startSqsEmulator, type SqsEmulator } from '#test/emulators/sqs-emulator.ts';
import { startConnectProxy } from '#test/support/connect-proxy.ts';
import { type CredentialEndpoint, startCredentialEndpoint } from '#test/support/credential-endpoint.ts';
import { fixedRandom } from '#test/support/fixed-random.ts';
import { type PutEventsStub, startPutEventsStub } from '#test/support/put-events-stub.ts';
import { recordingLogger } from '#test/support/recording-logger.ts';
import { createTestCa, type KeyedCertificate, type TestCa } from '#test/support/test-ca.ts';
import { describeBus } from '../../../contract/bus.ts';

let ca: TestCa;
let own: KeyedCertificate;
let server: KeyedCertificate;
let sqs: SqsEmulator;
let queueUrl: string;
let client: SQSClient;
beforeAll(async () => {
  ca = await createTestCa();
  own = await ca.clientCertificate('acme_hq');
  server = await ca.serverCertificate();
  sqs = await startSqsEmulator();
  const credentials = { accessKeyId: 'ASIAOPERATOR', secretAccessKey: 'secret' };
  client = new SQSClient({
    endpoint: sqs.url,
    region: 'eu-central-1',
    useQueueUrlAsEndpoint: false,
    credentials,
  });
  const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: 'p-jobs-acme_hq' }));
  queueUrl = QueueUrl;
});
afterAll(() => sqs.stop());

let endpoint: CredentialEndpoint;
let events: PutEventsStub;
let logger: ReturnType<typeof recordingLogger>;
let links: CloudLink[];
let aheadMs: number;
const theirs = () => Date.now() + aheadMs;

beforeEach(async () => {
  aheadMs = 0;
  links = [];
  logger = recordingLogger();
  endpoint = await startCredentialEndpoint({ ca, roleAlias: 'p-agent', now: theirs });
  endpoint.attach(own.certificateId, 'acme_hq');
  events = await startPutEventsStub({
    accepts: (key, token) => endpoint.accepts(key, token),
    now: theirs,
    certificate: server,
  });
});
afterEach(async () => {
  for (const link of links) link.stop();
  await Promise.all([endpoint.stop(), events.stop()]);
});

function link(changes: Partial<CloudSettings> = {}, env: Record<string, string> = {}): CloudLink {
  const made = createCloudLink({
    pbx: 'acme_hq',
    settings: {
      region: 'eu-central-1',
      bus: 'p',
      queueUrl,
      credentialsEndpoint: endpoint.address,
      roleAlias: 'p-agent',
      certificate: own.certificatePem,
      key: own.keyPem,
      ca: ca.certificatePem,
      endpoints: { events: events.url, sqs: sqs.url },
      ...changes,
    },
    env,
    clock: systemClock,
    random: fixedRandom(),
    logger,
    version: '1.2.3',
  });
  links.push(made);
  return made;
}

const entry = (detail = '{}'): BusEntry => ({ source: 'pbx.acme_hq', detailType: 'ami.batch.v1', detail });
const receive = (from: CloudLink) => from.jobSource.receive({ max: 10, waitMs: 0 });

describeBus('EventBridge behind the link', async () => {
  const { bus } = link();
  return {
    bus,
    accepted: () => events.accepted.map(({ Detail }) => Detail),
    fail() {
      endpoint.revoke(own.certificateId);
      endpoint.expireAll();
    },
  };
});

test('signs with the credentials of the certificate and says what went well when', async () => {
  const { bus, jobSource, info } = link();
  expect(info()).toEqual({
    region: 'eu-central-1',
    credentials: { validUntil: null, problem: null },
    events: { succeededAt: null, problem: null },
    jobs: { succeededAt: null, problem: null },
    clockAheadSeconds: null,
  });
  await bus.put([entry()]);
  await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: 'job' }));
  const [message] = await jobSource.receive({ max: 1, waitMs: 1000 });
  expect(message?.body).toBe('job');
  await jobSource.delete(message!.receipt);
  expect(events.accepted).toEqual([{ EventBusName: 'p', Source: 'pbx.acme_hq', DetailType: 'ami.batch.v1', Detail: '{}' }]);
  expect(events.signedBy).toEqual(endpoint.issued.map(({ accessKeyId }) => accessKeyId));
  expect(info()).toMatchObject({
    credentials: { validUntil: expect.any(Number), problem: null },
    events: { succeededAt: expect.any(Number), problem: null },
    jobs: { succeededAt: expect.any(Number), problem: null },
    clockAheadSeconds: expect.any(Number),
  });
}); // prettier-ignore

describe('credentials that AWS no longer takes', () => {
  test('fail one call and are replaced for the next', async () => {
    const { bus, info } = link();
    await bus.put([entry('1')]);
    endpoint.expireAll();
    await expect(bus.put([entry('2')])).rejects.toMatchObject({ code: 'BUS_UNREACHABLE', retryable: true });
    expect(info().events.problem).toMatchObject({ message: expect.stringContaining('ExpiredToken') });
    expect(await bus.put([entry('2')])).toEqual([{ accepted: true }]);
    expect(endpoint.issued).toHaveLength(2);
    expect(info().events.problem).toBeNull();
  });

  test('a revoked certificate is named, for what goes out and what comes in', async () => {
    const heard: (string | undefined)[] = [];
    const made = link();
    made.onChange(() => heard.push(made.info().credentials.problem?.code));
    await made.bus.put([entry()]);
    endpoint.revoke(own.certificateId);
    endpoint.expireAll();
    await expect(made.bus.put([entry()])).rejects.toMatchObject({ retryable: true });
    await expect(made.bus.put([entry()])).rejects.toMatchObject({ retryable: true });
    expect(made.info().credentials.problem?.code).toBe('CLOUD_IDENTITY_REFUSED');
    expect(heard).toContain('CLOUD_IDENTITY_REFUSED');
    expect(logger.at('warn')).toContainEqual(expect.objectContaining({ code: 'CLOUD_IDENTITY_REFUSED' }));
  });

  test('none at all: both directions say why', async () => {
    endpoint.revoke(own.certificateId);
    const { bus, jobSource, info } = link();
    await expect(bus.put([entry()])).rejects.toMatchObject({ code: 'BUS_UNREACHABLE', retryable: true });
    await expect(jobSource.receive({ max: 1, waitMs: 0 })).rejects.toMatchObject({
      code: 'CLOUD_IDENTITY_REFUSED',
      retryable: true,
    });
    expect(info()).toMatchObject({
      credentials: { validUntil: null, problem: { code: 'CLOUD_IDENTITY_REFUSED' } },
      events: { problem: { code: 'CLOUD_IDENTITY_REFUSED' } },
      jobs: { problem: { code: 'CLOUD_IDENTITY_REFUSED' } },
    });
    expect(endpoint.requests).toBe(1);
  });
});

test('a queue that is not there is AWS saying no', async () => {
  const made = link({ queueUrl: `${queueUrl}-gone` });
  await expect(receive(made)).rejects.toMatchObject({ code: 'CLOUD_REFUSED', retryable: true });
  expect(made.info().jobs.problem?.code).toBe('CLOUD_REFUSED');
});

test('nothing is lost on entries that fail singly', async () => {
  const { bus, info } = link();
  events.faults.push({ kind: 'entries', places: [1], code: 'ThrottlingException' });
  expect(await bus.put([entry('1'), entry('2'), entry('3')])).toMatchObject([
    { accepted: true },
    { accepted: false, retryable: true },
    { accepted: true },
  ]);
  expect(info().events.problem).toBeNull();
  events.faults.push({ kind: 'entries', places: [0], code: 'InternalFailure' });
  await bus.put([entry('2')]);
  expect(info().events.problem).toMatchObject({ code: 'BUS_UNREACHABLE' });
});

test('a clock that is wrong by hours works all the same, and is told of', async () => {
  aheadMs = 3 * 3_600_000;
  const { bus, info } = link();
  // The SDK signs by AWS's clock from the first answer on, and tries that once more.
  expect(await bus.put([entry()])).toEqual([{ accepted: true }]);
  expect(endpoint.issued).toHaveLength(1);
  expect(Math.abs(info().clockAheadSeconds! + 3 * 3600)).toBeLessThan(10);
  expect(logger.at('warn')).toHaveLength(1);
});

describe('a proxy', () => {
  test('of the environment carries everything that is https; NO_PROXY leaves hosts out', async () => {
    const proxy = await startConnectProxy('user:pw');
    await link({}, { https_proxy: proxy.url }).bus.put([entry()]);
    expect(proxy.tunnels).toEqual([endpoint.address, new URL(events.url).host]);
    await link({}, { HTTPS_PROXY: proxy.url, NO_PROXY: '127.0.0.1' }).bus.put([entry()]);
    expect(proxy.tunnels).toHaveLength(2);
    await proxy.stop();
  });

  test('of the configuration comes first, and false switches it off', async () => {
    const proxy = await startConnectProxy();
    await link({ proxy: proxy.url }, { HTTPS_PROXY: 'http://127.0.0.1:1' }).bus.put([entry()]);
    expect(proxy.tunnels).toHaveLength(2);
    await link({ proxy: false }, { HTTPS_PROXY: 'http://127.0.0.1:1' }).bus.put([entry()]);
    expect(events.accepted).toHaveLength(2);
    await proxy.stop();
  });
});

test('stopping ends a long poll and a wait for credentials at once', async () => {
  endpoint.override = () => undefined;
  const { jobSource } = link();
  const stop = new AbortController();
  const waiting = jobSource.receive({ max: 1, waitMs: 20_000, signal: stop.signal });
  stop.abort();
  expect(await waiting).toEqual([]);
  endpoint.override = undefined;
  const other = link();
  await other.bus.put([entry()]);
  const polling = new AbortController();
  const poll = other.jobSource.receive({ max: 1, waitMs: 20_000, signal: polling.signal });
  setTimeout(() => polling.abort(), 100);
  expect(await poll).toEqual([]);
});

test('no log line holds a secret', async () => {
  const { bus } = link();
  await bus.put([entry()]);
  endpoint.expireAll();
  endpoint.revoke(own.certificateId);
  await bus.put([entry()]).catch(() => undefined);
  await bus.put([entry()]).catch(() => undefined);
  const lines = JSON.stringify([logger.at('info'), logger.at('warn'), logger.at('error')]);
  const [issued] = endpoint.issued;
  for (const secret of [issued!.secretAccessKey, issued!.sessionToken, own.keyPem.split('\n')[1]!]) {
    expect(lines).not.toContain(secret);
  }
});
