import { once } from 'node:events';
import { createServer } from 'node:net';

async function isFree(port: number, host: string): Promise<boolean> {
  const server = createServer();
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

/** The first free port of the twenty from here on; the first itself where none is (to fail in plain words later). */
export async function freePort(first: number, host = '127.0.0.1'): Promise<number> {
  for (let port = first; port < first + 20; port++) {
    if (await isFree(port, host)) return port;
  }
  return first;
}
