import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { KeyedCertificate } from './test-ca.ts';

/** A receiver of one file, as Odoo's addon is one, which can be made to fail. */
export interface UploadReceiver {
  readonly url: string;
  received: Buffer;
  done: boolean;
  readonly requests: string[];
  /** Called before a request is looked at; true: it was dealt with. */
  before: (request: IncomingMessage, response: ServerResponse) => boolean;
  close(): Promise<void>;
}

/** `certificate`: it speaks https. */
export async function uploadReceiver(certificate?: KeyedCertificate): Promise<UploadReceiver> {
  const listener = (request: IncomingMessage, response: ServerResponse) => void answer(request, response);
  const server: Server = certificate
    ? createTlsServer({ cert: certificate.certificatePem, key: certificate.keyPem }, listener)
    : createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const receiver: UploadReceiver = {
    url: `${certificate ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}/asterisk_plus/upload/token`,
    received: Buffer.alloc(0),
    done: false,
    requests: [],
    before: () => false,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close').catch(() => undefined);
    },
  };
  onTestFinished(async () => {
    if (server.listening) await receiver.close();
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', headers } = request;
    receiver.requests.push(`${method} ${headers['content-range'] ?? ''}`.trim());
    if (receiver.before(request, response)) return;
    const range = /^bytes (?:(\d+)-\d+|\*)\/(\d+)$/.exec(headers['content-range'] ?? '');
    if (method === 'PUT' && range) {
      if (Number(range[1] ?? receiver.received.length) !== receiver.received.length)
        return say(response, 409);
      try {
        for await (const chunk of request)
          receiver.received = Buffer.concat([receiver.received, chunk as Buffer]);
      } catch {
        // Cut off: what came stays.
        return;
      }
      if (receiver.received.length === Number(range[2])) {
        const sha256 = createHash('sha256').update(receiver.received).digest('base64');
        receiver.done = headers['repr-digest'] === `sha-256=:${sha256}:`;
        if (!receiver.done) return say(response, 422, { error: 'the file is not what it should be' });
      }
      return say(response, receiver.done ? 200 : 202);
    }
    say(response, 200);
  }

  function say(response: ServerResponse, status: number, body?: object): void {
    const progress = { offset: receiver.received.length, done: receiver.done };
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body ?? { ...progress, ...(receiver.done ? { attachment_id: 42 } : {}) }));
  }
  return receiver;
}
