import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createHttpExchange } from '#odoo/http-exchange.ts';
import type { HttpExchange, HttpExchangeOptions } from '#odoo/http-exchange.ts';
import { startScriptedHttp } from '#test/support/scripted-http.ts';
import type { ScriptedHttp } from '#test/support/scripted-http.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).toReversed()) await thing.close();
});

async function exchangeWith(
  script: Parameters<typeof startScriptedHttp>[0],
  options: Partial<HttpExchangeOptions> = {},
): Promise<{ exchange: HttpExchange; server: ScriptedHttp }> {
  const server = await startScriptedHttp(script);
  const exchange = createHttpExchange({
    url: `${server.url}/base/`,
    timeoutMs: 5000,
    connectTimeoutMs: 2000,
    maxAnswerBytes: 100_000,
    connections: 2,
    allowPrivateAddress: true,
    allowHttp: false,
    ...options,
  });
  open.push(server, exchange);
  return { exchange, server };
}

describe('http exchange', () => {
  it('sends JSON below the path of the URL', async () => {
    const { exchange, server } = await exchangeWith(() => ({ body: { ok: 1 } }));
    const answer = await exchange.send({
      method: 'POST',
      path: '/jsonrpc',
      headers: { authorization: 'bearer k' },
      body: { name: 'Müller' },
    });
    expect(answer).toMatchObject({ status: 200, text: '{"ok":1}' });
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      path: '/base/jsonrpc',
      body: { name: 'Müller' },
      headers: { authorization: 'bearer k', 'content-type': 'application/json; charset=utf-8' },
    });
  });

  it('keeps its connections for one request after the other', async () => {
    const { exchange, server } = await exchangeWith(() => ({ body: 1 }));
    for (let count = 0; count < 20; count += 1)
      await exchange.send({ method: 'POST', path: '/', body: count });
    expect(server.connections()).toBeLessThanOrEqual(2);
  });

  it('does not follow a redirect', async () => {
    const { exchange, server } = await exchangeWith(() => ({
      status: 302,
      headers: { location: 'http://169.254.169.254/latest/meta-data' },
    }));
    expect((await exchange.send({ method: 'GET', path: '/' })).status).toBe(302);
    expect(server.requests).toHaveLength(1);
  });

  it('gives up on an Odoo that does not answer in time', async () => {
    const { exchange } = await exchangeWith(() => undefined, { timeoutMs: 100 });
    await expect(exchange.send({ method: 'GET', path: '/' })).rejects.toMatchObject({
      code: 'ODOO_TIMEOUT',
      retryable: true,
    });
  });

  it('gives up on an answer that trickles past the deadline', async () => {
    const { exchange } = await exchangeWith(
      (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write('{');
        return undefined;
      },
      { timeoutMs: 200 },
    );
    await expect(exchange.send({ method: 'GET', path: '/' })).rejects.toMatchObject({ code: 'ODOO_TIMEOUT' });
  });

  it('refuses an answer that is too large', async () => {
    const { exchange } = await exchangeWith(() => ({ body: 'x'.repeat(200_000) }));
    await expect(exchange.send({ method: 'GET', path: '/' })).rejects.toMatchObject({
      code: 'ODOO_BAD_ANSWER',
      retryable: false,
    });
  });

  it('names what can not be reached', async () => {
    const { exchange, server } = await exchangeWith(() => ({ body: 1 }));
    await server.close();
    open.splice(open.indexOf(server), 1);
    await expect(exchange.send({ method: 'GET', path: '/' })).rejects.toMatchObject({
      code: 'ODOO_UNREACHABLE',
      retryable: true,
      message: expect.stringMatching(/127\.0\.0\.1:\d+ is not reachable: .*ECONNREFUSED/),
    });
  });

  it('calls it unreachable when the connection breaks off', async () => {
    const { exchange } = await exchangeWith((_, response) => {
      response.socket?.destroy();
      return undefined;
    });
    await expect(exchange.send({ method: 'POST', path: '/', body: 1 })).rejects.toMatchObject({
      code: 'ODOO_UNREACHABLE',
      retryable: true,
    });
  });

  it('takes no connection that ended while nothing was sent on it', async () => {
    const sockets: Socket[] = [];
    const { exchange, server } = await exchangeWith((_, response) => {
      if (response.socket !== null) sockets.push(response.socket);
      return { body: 1 };
    });
    await exchange.send({ method: 'POST', path: '/', body: 1 });
    sockets[0]?.resetAndDestroy();
    await exchange.send({ method: 'POST', path: '/', body: 2 });
    expect(server.requests.map(({ body }) => body)).toEqual([1, 2]);
    expect(server.connections()).toBe(2);
  });

  it('takes no connection that was idle for long: a frozen Lambda does not see it end', async () => {
    const { exchange, server } = await exchangeWith(() => ({ body: 1 }));
    const send = () => exchange.send({ method: 'POST', path: '/', body: 1 });
    await send();
    await send();
    expect(server.connections()).toBe(1);
    const now = Date.now();
    vi.spyOn(Date, 'now').mockImplementation(() => now + 5000);
    try {
      await send();
    } finally {
      vi.restoreAllMocks();
    }
    expect(server.connections()).toBe(2);
  });

  it('sends nothing twice: a call whose connection broke off may have been made', async () => {
    let calls = 0;
    const { exchange, server } = await exchangeWith((_, response) => {
      calls += 1;
      if (calls === 1) return { body: 1 };
      response.socket?.resetAndDestroy();
      return undefined;
    });
    await exchange.send({ method: 'POST', path: '/', body: 1 });
    await expect(exchange.send({ method: 'POST', path: '/', body: 2 })).rejects.toMatchObject({
      code: 'ODOO_UNREACHABLE',
    });
    expect(server.requests).toHaveLength(2);
    expect(server.connections()).toBe(1);
  });

  it('lets a request that waits for a connection give up in its time', async () => {
    const { exchange, server } = await exchangeWith(() => undefined, { connections: 1, timeoutMs: 300 });
    const first = exchange.send({ method: 'GET', path: '/' }).catch((error: unknown) => error);
    await expect(exchange.send({ method: 'GET', path: '/' }, { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'ODOO_TIMEOUT',
    });
    expect(server.requests).toHaveLength(1);
    await first;
    expect(server.requests).toHaveLength(1);
  });

  it('gives up on a server that takes the connection and does no TLS', async () => {
    const silent = createServer();
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const { exchange } = await exchangeWith(() => undefined, {
      url: `https://127.0.0.1:${port}`,
      connectTimeoutMs: 50,
    });
    await expect(exchange.send({ method: 'GET', path: '/' })).rejects.toMatchObject({
      code: 'ODOO_UNREACHABLE',
      message: expect.stringContaining('no connection within 0.05 s'),
    });
    silent.close();
  });

  it('looks at what a name stands for, where the socket connects', async () => {
    const { exchange, server } = await exchangeWith(() => ({ body: 1 }));
    const guarded = createHttpExchange({
      url: server.url.replace('127.0.0.1', 'localhost'),
      timeoutMs: 5000,
      connectTimeoutMs: 2000,
      maxAnswerBytes: 1000,
      connections: 1,
      allowPrivateAddress: false,
      allowHttp: true,
    });
    await expect(guarded.send({ method: 'GET', path: '/' })).rejects.toMatchObject({
      code: 'ODOO_ADDRESS_REFUSED',
    });
    expect(server.requests).toHaveLength(0);
    await Promise.all([guarded.close(), exchange.close()]);
  });

  it('lets what is under way end before it closes', async () => {
    const { exchange, server } = await exchangeWith(async () => {
      await new Promise((resolve) => void setTimeout(resolve, 50));
      return { body: 'late' };
    });
    const answer = exchange.send({ method: 'GET', path: '/' });
    await exchange.close();
    expect((await answer).text).toBe('late');
    await expect(exchange.send({ method: 'GET', path: '/' })).rejects.toMatchObject({
      code: 'ODOO_UNREACHABLE',
    });
    expect(server.requests).toHaveLength(1);
  });
});
