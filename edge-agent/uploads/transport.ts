import { request as requestHttp } from 'node:http';
import { type Agent, request as requestHttps } from 'node:https';
import type { IncomingMessage } from 'node:http';

export interface UploadRequest {
  readonly method: 'GET' | 'PUT';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface UploadAnswer {
  readonly status: number;
  /** Cut at 64 KB. */
  readonly body: string;
}

/** Sends one request. Rejects for any failure of the network; a redirect is an answer like any other. */
export type UploadTransport = (request: UploadRequest) => Promise<UploadAnswer>;

const maxAnswerBytes = 64 * 1024;

/** `agent`: with the way out (a proxy) and the authorities that are trusted; undefined: Node's own. */
export function httpTransport(agent?: Agent): UploadTransport {
  return ({ method, url, headers, body, timeoutMs, signal }) =>
    new Promise((resolve, reject) => {
      const options = {
        method,
        headers: { ...headers, 'content-length': String(body?.length ?? 0), accept: 'application/json' },
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      };
      const take = (answer: IncomingMessage) => {
        readText(answer).then((text) => resolve({ status: answer.statusCode ?? 0, body: text }), reject);
      };
      const request =
        url.protocol === 'https:'
          ? requestHttps(url, agent ? { ...options, agent } : options, take)
          : requestHttp(url, options, take);
      request.on('error', reject);
      request.end(body);
    });
}

async function readText(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > maxAnswerBytes) break;
  }
  return Buffer.concat(chunks).toString('utf8').slice(0, maxAnswerBytes);
}
