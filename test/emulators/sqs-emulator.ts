import type { AddressInfo } from 'node:net';
import { buildApp } from 'fauxqs';

/** SQS in this process: right where moto is not (FIFO visibility expiry, dedup after a delete, partial failures). */
export interface SqsEmulator {
  /** `endpoint` of an SQSClient (which also needs `useQueueUrlAsEndpoint: false`, a region and any credentials). */
  readonly url: string;
  stop(): Promise<void>;
}

/** fauxqs on 127.0.0.1, any free port. Its own `startFauxqs` would listen on every address of the machine. */
export async function startSqsEmulator(): Promise<SqsEmulator> {
  const app = buildApp({ logger: false });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      // A long poll that is still open would keep the server from closing.
      app.server.closeAllConnections();
      await app.close();
    },
  };
}
