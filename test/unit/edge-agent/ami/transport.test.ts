import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { connectBy } from '#edge-agent/ami/transport.ts';
import { probeClient } from '#test/support/ami-client-probe.ts';
import { scriptedAmiServer } from '#test/support/scripted-ami-server.ts';

const pem = (name: string): string =>
  readFileSync(new URL(`../../../fixtures/tls/test-only-${name}.pem`, import.meta.url), 'utf8');
const running: { stop(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).toReversed()) await one.stop();
});

describe('TLS', () => {
  const listen = (onSocket: (socket: Socket) => void): Server =>
    createTlsServer({ key: pem('key'), cert: pem('cert') }, onSocket);

  async function connect(tls: { ca?: string; servername?: string } | true) {
    const server = await scriptedAmiServer({ listen });
    const probe = probeClient({ port: server.port, tls, backoff: { firstMs: 60_000, maxMs: 60_000 } });
    running.push(server, probe.client);
    probe.client.start();
    return { server, probe };
  }

  test('a session over it, events and actions', async () => {
    const { server, probe } = await connect({ ca: pem('cert'), servername: 'ami.test' });
    await vi.waitFor(() => expect(probe.links).toEqual(['up']), { timeout: 5000 });
    const many = 'Event: Hangup\nCause: 16\n\n'.repeat(20_000);
    server.events().say(many);
    await vi.waitFor(() => expect(probe.events).toHaveLength(20_000), { timeout: 5000 });
    expect(probe.client.counts().damaged).toBe(0);
  });

  test.each([
    ['an authority that is not trusted', true as const, /self-signed/],
    ['another name', { ca: pem('cert'), servername: 'other.test' }, /other\.test/],
  ])('%s is refused before anything is sent', async (_, tls, message) => {
    const { server, probe } = await connect(tls);
    await vi.waitFor(() => expect(probe.client.status().error).toMatch(message), { timeout: 5000 });
    expect(server.peers.flatMap(({ actions }) => actions)).toEqual([]);
  });
});

test('gives up on a handshake that does not end when its signal aborts', async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket));
  await new Promise<void>((resolve) => {
    silent.listen(0, '127.0.0.1', resolve);
  });
  const { port } = silent.address() as { port: number };
  const abort = new AbortController();
  const connecting = connectBy({ host: '127.0.0.1', port, tls: true })(
    { onData() {}, onClose() {} },
    abort.signal,
  );
  const settled = expect(connecting).rejects.toMatchObject({ code: 'AMI_UNREACHABLE', retryable: true });
  await vi.waitFor(() => expect(sockets).toHaveLength(1));
  abort.abort();
  await settled;
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => {
    silent.close(resolve);
  });
});
