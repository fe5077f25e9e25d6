import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { createOutboundAgent } from '#edge-agent/cloud/outbound-agent.ts';
import type { ProxySettings } from '#edge-agent/cloud/proxy-settings.ts';
import { requestCredentials } from '#edge-agent/cloud/request-credentials.ts';
import { startConnectProxy } from '#test/support/connect-proxy.ts';
import { type CredentialEndpoint, startCredentialEndpoint } from '#test/support/credential-endpoint.ts';
import { createTestCa, type KeyedCertificate, type TestCa } from '#test/support/test-ca.ts';

let ca: TestCa;
let own: KeyedCertificate;
let endpoint: CredentialEndpoint;
beforeAll(async () => {
  ca = await createTestCa();
  own = await ca.clientCertificate('acme_hq');
  endpoint = await startCredentialEndpoint({ ca, roleAlias: 'p-agent' });
  endpoint.attach(own.certificateId, 'acme_hq');
});
afterEach(() => (endpoint.override = undefined));
afterAll(() => endpoint.stop());

interface Changes {
  thingName?: string;
  roleAlias?: string;
  certificate?: KeyedCertificate;
  proxy?: ProxySettings;
  trusted?: string | undefined;
  timeoutMs?: number;
  signal?: AbortSignal;
  address?: string;
}

function ask(changes: Changes = {}) {
  const { certificate = own, proxy = {} } = changes;
  const identity = { certificate: certificate.certificatePem, key: certificate.keyPem };
  return requestCredentials({
    endpoint: changes.address ?? endpoint.address,
    roleAlias: changes.roleAlias ?? 'p-agent',
    thingName: changes.thingName ?? 'acme_hq',
    agent: createOutboundAgent({
      proxy,
      ca: 'trusted' in changes ? changes.trusted : ca.certificatePem,
      identity,
      keepAlive: false,
    }),
    userAgent: 'odoopbx-agent/test',
    timeoutMs: changes.timeoutMs ?? 10_000,
    signal: changes.signal ?? new AbortController().signal,
  });
}

/** The error's words, and those of all its causes. */
async function faultOf(changes: Changes): Promise<OdoopbxError & { all: string }> {
  try {
    await ask(changes);
  } catch (error) {
    let all = '';
    for (let at = error; at instanceof Error; at = at.cause) all += `${at.message}\n`;
    return Object.assign(error as OdoopbxError, { all });
  }
  throw new Error('it was answered');
}

test('shows the certificate and gets credentials, with the clock of AWS', async () => {
  const { credentials, date } = await ask();
  const { expiresAt, ...issued } = endpoint.issued.at(-1)!;
  expect({ thing: 'acme_hq', ...credentials }).toEqual({ ...issued, expiration: expect.any(Date) });
  expect(Math.abs(credentials.expiration.getTime() - expiresAt)).toBeLessThan(1000);
  expect(Date.parse(date!)).toBeGreaterThan(0);
});

describe('the identity is refused', () => {
  test('the name of another PBX', async () => {
    expect(await faultOf({ thingName: 'acme_branch' })).toMatchObject({
      code: 'CLOUD_IDENTITY_REFUSED',
      retryable: true,
      message: expect.stringContaining('Invalid thing name passed'),
    });
  });

  test('a certificate that was deactivated', async () => {
    const revoked = await ca.clientCertificate('acme_hq');
    expect(await faultOf({ certificate: revoked })).toMatchObject({
      code: 'CLOUD_IDENTITY_REFUSED',
      message: expect.stringContaining('Certificate is invalid'),
    });
  });

  test('a certificate that is not from AWS', async () => {
    const certificate = await (await createTestCa()).clientCertificate('acme_hq');
    expect(await faultOf({ certificate })).toMatchObject({ code: 'CLOUD_IDENTITY_REFUSED' });
  });

  test.each([
    ['bad_certificate', 42],
    ['certificate_revoked', 44],
    ['certificate_expired', 45],
    ['certificate_unknown', 46],
    ['unknown_ca', 48],
    ['access_denied', 49],
  ])('by the TLS alert %s', async (_name, description) => {
    // RFC 8446, 6.2: alert, TLS 1.2, two bytes, fatal.
    const alert = Buffer.from([21, 3, 3, 0, 2, 2, description]);
    const server = createServer((socket) => socket.once('data', () => socket.end(alert)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await faultOf({ address: `127.0.0.1:${port}` })).toMatchObject({ code: 'CLOUD_IDENTITY_REFUSED' });
    server.close();
  });
});

describe('no credentials', () => {
  test('a role alias that is not there', async () => {
    expect(await faultOf({ roleAlias: 'other' })).toMatchObject({
      code: 'CLOUD_REFUSED',
      message: 'AWS IoT gives no credentials: 404 Role alias does not exist',
    });
  });

  test.each([
    ['a portal', 200, '<html>Log in</html>'],
    ['an answer with something missing', 200, '{"credentials":{"accessKeyId":"ASIAHUNTERHUNTER2","secretAccessKey":"hunter2"}}'],
    ['an answer that does not end', 200, 'x'.repeat(100_000)],
    ['a failure', 500, '{"message":"InternalFailure"}'],
    ['throttling', 429, 'Slow down'],
  ])('%s', async (_name, status, body) => {
    endpoint.override = (response) => response.writeHead(status).end(body);
    const fault = await faultOf({});
    expect(fault).toMatchObject({ code: 'CLOUD_UNREACHABLE', retryable: true });
    expect(fault.all).not.toMatch(/hunter2/i);
  }); // prettier-ignore

  test('nobody there', async () => {
    expect(await faultOf({ address: '127.0.0.1:1' })).toMatchObject({
      code: 'CLOUD_UNREACHABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('a server whose authority nobody knows', async () => {
    expect(await faultOf({ trusted: undefined })).toMatchObject({ code: 'CLOUD_UNREACHABLE' });
  });

  test('no answer in time, or one that stops half way', async () => {
    endpoint.override = () => undefined;
    expect(await faultOf({ timeoutMs: 50 })).toMatchObject({ message: expect.stringContaining('no answer') });
    endpoint.override = (response) => response.writeHead(200).write('{');
    expect(await faultOf({ timeoutMs: 50 })).toMatchObject({ message: expect.stringContaining('no answer') });
  });

  test('stopped', async () => {
    endpoint.override = () => undefined;
    const stop = new AbortController();
    const fault = faultOf({ signal: stop.signal });
    stop.abort();
    expect(await fault).toMatchObject({ code: 'CLOUD_UNREACHABLE' });
  });
});

describe('a proxy', () => {
  test('is passed by CONNECT, and the certificate is still shown', async () => {
    const proxy = await startConnectProxy('user:hunter2');
    const before = endpoint.issued.length;
    await ask({ proxy: { HTTPS_PROXY: proxy.url } });
    expect(proxy.tunnels).toEqual([endpoint.address]);
    expect(endpoint.issued).toHaveLength(before + 1);
    await ask({ proxy: { HTTPS_PROXY: proxy.url, NO_PROXY: '127.0.0.1' } });
    expect(proxy.tunnels).toHaveLength(1);
    await proxy.stop();
  });

  test('that wants another password is named without the one it got', async () => {
    const proxy = await startConnectProxy('user:other');
    const url = proxy.url.replace('other', 'hunter2');
    const fault = await faultOf({ proxy: { HTTPS_PROXY: url } });
    expect(fault).toMatchObject({ code: 'CLOUD_UNREACHABLE', message: expect.stringContaining('407') });
    expect(fault.all).not.toContain('hunter2');
    await proxy.stop();
  });
});

test('no fault holds the private key', async () => {
  const certificate = await (await createTestCa()).clientCertificate('acme_hq');
  const [, line = ''] = certificate.keyPem.split('\n');
  expect((await faultOf({ certificate })).all).not.toContain(line);
});
