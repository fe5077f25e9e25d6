import type { Duplex } from 'node:stream';
import type { ServerType } from '@hono/node-server';
import { messageOf, OdoopbxError } from '#core/errors/odoopbx-error.ts';

const farewellMs = 2000;

export interface Listener {
  readonly port: number;
  /** Takes nothing more. WebSockets have a moment to say goodbye. */
  close(): Promise<void>;
}

/** Starts an HTTP server and waits until it listens. Rejects LISTEN_FAILED, with what to do about it. */
export async function listen(
  start: (ready: (port: number) => void) => ServerType,
  what: string,
): Promise<Listener> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = start(resolve);
  server.once('error', (error: NodeJS.ErrnoException) => {
    const reason =
      error.code === 'EADDRINUSE'
        ? 'the port is taken by another program; stop that one, or choose another port'
        : error.code === 'EACCES'
          ? 'this user may not use that port'
          : messageOf(error);
    reject(new OdoopbxError('LISTEN_FAILED', `${what} can not be opened: ${reason}`, { cause: error }));
  });
  // The server knows nothing of connections that are no HTTP any more, but waits for them.
  const upgraded = new Set<Duplex>();
  server.on('upgrade', (_request: unknown, socket: Duplex) => {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
  });
  const port = await promise;
  return {
    port,
    close: () =>
      new Promise((done) => {
        const farewell = setTimeout(() => {
          for (const socket of upgraded) socket.destroy();
        }, farewellMs);
        server.close(() => {
          clearTimeout(farewell);
          done();
        });
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}
