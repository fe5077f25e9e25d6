import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { createConsoleTransport } from '#edge-agent/console-transport.ts';
import { createWebSocketTransport } from '#edge-agent/console/web-socket-transport.ts';
import { type ConnectProxy, startConnectProxy } from '#test/support/connect-proxy.ts';
import { createTestCa } from '#test/support/test-ca.ts';

let server: Server;
let proxy: ConnectProxy;
let ca: string;
let url: string;
const never = new AbortController().signal;

beforeAll(async () => {
  const authority = await createTestCa();
  ca = authority.certificatePem;
  const { certificatePem, keyPem } = await authority.serverCertificate();
  server = createServer({ cert: certificatePem, key: keyPem });
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    if (!request.url?.includes('ticket=good')) {
      const status = request.url?.includes('trouble') ? '503 Service Unavailable' : '403 Forbidden';
      socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (opened) => {
      opened.on('message', (data) => opened.send(`heard ${(data as Buffer).toString()}`));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `wss://127.0.0.1:${(server.address() as AddressInfo).port}/console?ticket=`;
  proxy = await startConnectProxy('agent:secret');
});
afterAll(async () => {
  await proxy.stop();
  server.closeAllConnections();
  server.close();
});

async function echoOf(transport: ReturnType<typeof createWebSocketTransport>): Promise<string> {
  const heard = Promise.withResolvers<string>();
  const connection = await transport.connect(
    `${url}good`,
    { message: (text) => heard.resolve(text), closed: () => heard.reject(new Error('closed')) },
    never,
  );
  connection.send('hello');
  const text = await heard.promise;
  connection.close();
  return text;
}
const silent = { message: () => {}, closed: () => {} };

test('goes out by the proxy that the rest of the agent uses', async () => {
  const transport = createConsoleTransport({ proxy: proxy.url, ca }, {});
  expect(await echoOf(transport)).toBe('heard hello');
  expect(proxy.tunnels).toEqual([new URL(url).host]);
});

test('directly, where no proxy is named', async () => {
  const before = proxy.tunnels.length;
  expect(await echoOf(createConsoleTransport({ proxy: false, ca }, { HTTPS_PROXY: proxy.url }))).toBe(
    'heard hello',
  );
  expect(proxy.tunnels.length).toBe(before);
});

test('a certificate of an unknown authority is not believed', async () => {
  const transport = createConsoleTransport({ proxy: false, ca: undefined }, {});
  await expect(transport.connect(`${url}good`, silent, never)).rejects.toMatchObject({
    code: 'CONSOLE_UNREACHABLE',
    retryable: true,
  });
});

test('a refused ticket is not tried again, a relay in trouble is; neither error holds the ticket', async () => {
  const transport = createConsoleTransport({ proxy: false, ca }, {});
  const refused = transport.connect(`${url}used-up`, silent, never);
  await expect(refused).rejects.toMatchObject({ code: 'CONSOLE_REFUSED', retryable: false });
  await expect(refused).rejects.not.toThrow('used-up');
  const trouble = transport.connect(`${url}trouble`, silent, never);
  await expect(trouble).rejects.toMatchObject({ code: 'CONSOLE_UNREACHABLE', retryable: true });
});

test('nothing goes out in the clear but to this machine', async () => {
  const transport = createWebSocketTransport();
  const clear = transport.connect('ws://relay.example/console?ticket=x', silent, never);
  await expect(clear).rejects.toMatchObject({ code: 'CONSOLE_REFUSED' });
});
