import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** The web space of a provider, and a platform that refuses every invitation. */
export class PackageHost {
  /** Folder that is served. */
  folder = '';
  /** Changes a file on its way: what an attacker would do. */
  tamper: (path: string, content: Buffer) => Buffer = (_, content) => content;
  /** Bodies that were posted to /enroll. */
  readonly enrolments: string[] = [];
  readonly #server: Server = createServer((request, response) => {
    if (request.method === 'POST') {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.enrolments.push(Buffer.concat(chunks).toString());
        response.writeHead(403).end('This code was used already.');
      });
      return;
    }
    const path = new URL(request.url ?? '/', this.url).pathname;
    readFile(join(this.folder, path)).then(
      (content) => response.end(this.tamper(path, content)),
      () => response.writeHead(404).end(),
    );
  });

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
