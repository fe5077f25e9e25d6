import type { ServerType } from '@hono/node-server';
import { messageOf, OdoopbxError } from '#core/errors/odoopbx-error.ts';

export interface Listener {
  readonly port: number;
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
  const port = await promise;
  return {
    port,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}
