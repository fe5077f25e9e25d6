import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createOutboundAgent } from '#edge-agent/cloud/outbound-agent.ts';
import { httpTransport } from '#edge-agent/uploads/transport.ts';
import { startConnectProxy } from '#test/support/connect-proxy.ts';
import { createTestCa, type TestCa } from '#test/support/test-ca.ts';

let ca: TestCa;
let server: Server;
let url: URL;
let handle: (path: string) => { status: number; location?: string; body: string } | undefined;
beforeAll(async () => {
  ca = await createTestCa();
  const { certificatePem, keyPem } = await ca.serverCertificate();
  server = createServer({ cert: certificatePem, key: keyPem }, (request, response) => {
    const answer = handle(request.url ?? '');
    if (!answer) return;
    const { status, location, body } = answer;
    request.resume().on('end', () => response.writeHead(status, location ? { location } : {}).end(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}/upload/token`);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const put = (transport = trusting(), timeoutMs = 10_000) =>
  transport({
    method: 'PUT',
    url,
    headers: { 'content-range': 'bytes 0-3/4' },
    body: Buffer.from('text'),
    timeoutMs,
    signal: new AbortController().signal,
  });
const trusting = (proxy = {}) =>
  httpTransport(createOutboundAgent({ proxy, ca: ca.certificatePem, keepAlive: false }));

it('believes only certificates of authorities that are trusted', async () => {
  handle = () => ({ status: 200, body: '{}' });
  await expect(put(httpTransport())).rejects.toThrow(/certificate/);
  expect(await put()).toEqual({ status: 200, body: '{}' });
});

it("takes the proxy's way", async () => {
  const proxy = await startConnectProxy('me:password');
  handle = () => ({ status: 200, body: '{}' });
  expect(await put(trusting({ HTTPS_PROXY: proxy.url }))).toEqual({ status: 200, body: '{}' });
  expect(proxy.tunnels).toEqual([url.host]);
  await proxy.stop();
});

it('follows no redirect, and reads no more of an answer than it needs', async () => {
  handle = (path) => {
    expect(path).toBe('/upload/token');
    return { status: 302, location: '/elsewhere', body: 'x'.repeat(1_000_000) };
  };
  const { status, body } = await put();
  expect([status, body.length]).toEqual([302, 65_536]);
});

it('waits no longer than it is told to', async () => {
  handle = () => undefined;
  await expect(put(trusting(), 50)).rejects.toThrow(/aborted|timeout/i);
});
