import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface ScriptedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  /** JSON, or text as it is. */
  readonly body?: unknown;
}

/** An HTTP server on 127.0.0.1 that answers as the test says and keeps what it was asked. */
export interface ScriptedHttp {
  readonly url: string;
  readonly requests: ScriptedRequest[];
  /** Connections that were opened. */
  connections(): number;
  close(): Promise<void>;
}

type Script = (
  request: ScriptedRequest,
  response: ServerResponse,
) => ScriptedAnswer | undefined | Promise<ScriptedAnswer | undefined>;

/** A script that returns undefined answers by itself, or never. */
export async function startScriptedHttp(script: Script): Promise<ScriptedHttp> {
  const requests: ScriptedRequest[] = [];
  const sockets = new Set<Socket>();
  let opened = 0;
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const { method = '', url = '', headers } = incoming;
      const request = {
        method,
        path: url,
        headers,
        body: text === '' ? undefined : (JSON.parse(text) as unknown),
      };
      requests.push(request);
      void respond(request, response);
    });
  });
  async function respond(request: ScriptedRequest, response: ServerResponse): Promise<void> {
    const answer = await script(request, response);
    if (answer !== undefined) send(response, answer);
  }
  server.on('connection', (socket) => {
    opened += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    connections: () => opened,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => {
          resolve();
        });
      }),
  };
}

function send(response: ServerResponse, { status = 200, headers = {}, body }: ScriptedAnswer): void {
  const isText = typeof body === 'string';
  response.writeHead(status, {
    'content-type': isText ? 'text/html; charset=utf-8' : 'application/json',
    ...headers,
  });
  response.end(isText ? body : JSON.stringify(body ?? null));
}
