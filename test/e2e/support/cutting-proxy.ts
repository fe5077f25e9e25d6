import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A way to Odoo that can be cut, as lines are. */
export interface CuttingProxy {
  readonly url: string;
  /** Bytes from the client that were passed on. */
  readonly passed: number;
  /** Cuts each connection after so many bytes of the client's from now on; undefined: none. */
  cutAfter(bytes: number | undefined): void;
  readonly cuts: number;
  close(): Promise<void>;
}

export async function cuttingProxy(target: URL): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let limit: number | undefined;
  let passed = 0;
  let cuts = 0;
  let sinceCut = 0;
  const server: Server = createServer((client) => {
    const odoo = connect(Number(target.port), target.hostname);
    const end = () => {
      client.destroy();
      odoo.destroy();
    };
    for (const socket of [client, odoo]) {
      sockets.add(socket);
      socket.on('error', end);
      socket.on('close', () => {
        sockets.delete(socket);
        end();
      });
    }
    odoo.pipe(client);
    client.on('data', (chunk: Buffer) => {
      passed += chunk.length;
      sinceCut += chunk.length;
      odoo.write(chunk);
      if (limit === undefined || sinceCut < limit) return;
      cuts += 1;
      sinceCut = 0;
      end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get passed() {
      return passed;
    },
    get cuts() {
      return cuts;
    },
    cutAfter(bytes) {
      limit = bytes;
      sinceCut = 0;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
