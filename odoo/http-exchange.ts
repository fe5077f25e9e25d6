import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { OdoopbxError, messageOf } from '#core/errors/odoopbx-error.ts';
import { checkedUrl, guardedLookup } from './address-guard.ts';
import type { AddressPolicy } from './address-guard.ts';
import type { Pacer } from './pacer.ts';

export interface HttpExchangeOptions extends AddressPolicy {
  readonly url: string;
  /** For a whole request. Above the 30 s that Odoo may spend on retries of its own. */
  readonly timeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly maxAnswerBytes: number;
  /** Sockets kept open to one Odoo; each busy one takes a worker there. */
  readonly connections: number;
  /** Waiting for a turn is part of a request's time. */
  readonly pacer?: Pacer | undefined;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  /** Below the URL of Odoo, with a leading slash. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

export interface RequestLimits {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** HTTP with one Odoo: keep-alive, deadlines, a size limit, guarded addresses, no redirects followed. */
export interface HttpExchange {
  /**
   * Any HTTP status is an answer. Rejects with ODOO_UNREACHABLE, ODOO_TIMEOUT (the outcome is unknown; both
   * retryable), ODOO_BAD_ANSWER (too large) or ODOO_ADDRESS_REFUSED.
   */
  send(request: HttpRequest, limits?: RequestLimits): Promise<HttpAnswer>;
  close(): Promise<void>;
}

/** Throws ODOO_ADDRESS_REFUSED when the URL itself is not allowed. */
export function createHttpExchange(options: HttpExchangeOptions): HttpExchange {
  const url = checkedUrl(options.url, options);
  const prefix = url.pathname.replace(/\/+$/, '');
  const isHttps = url.protocol === 'https:';
  const agentOptions = {
    keepAlive: true,
    maxSockets: options.connections,
    maxFreeSockets: options.connections,
    lookup: guardedLookup(options),
  };
  const agent = isHttps ? new HttpsAgent(agentOptions) : new HttpAgent(agentOptions);
  const start = isHttps ? httpsRequest : httpRequest;
  const running = new Set<Promise<unknown>>();
  /** Unix milliseconds at which a request on this connection ended. */
  const usedAt = new WeakMap<Socket, number>();
  let isClosed = false;

  /**
   * Nothing is sent a second time: after a connection broke off nobody knows whether Odoo made the call. So none is
   * used that may have ended already: by what has arrived on it (which takes a turn of the event loop to be seen),
   * or by its age (a proxy closes idle ones, and a Lambda that was frozen hears of it too late).
   */
  async function dropStale(): Promise<void> {
    if (freeSockets(agent).length === 0) return;
    await nextTurn();
    await nextTurn();
    for (const socket of freeSockets(agent)) {
      const idleMs = Date.now() - (usedAt.get(socket) ?? 0);
      if (idleMs < 0 || idleMs > maxIdleMs) socket.destroy();
    }
  }

  function exchange({ method, path, headers, body }: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const payload = body === undefined ? undefined : JSON.stringify(body);
      const requestOptions: RequestOptions = {
        agent,
        method,
        headers:
          payload === undefined
            ? { ...headers }
            : { 'content-type': 'application/json; charset=utf-8', ...headers },
      };
      const request = start(new URL(`${url.origin}${prefix}${path}`), requestOptions);
      // A request that waits for a connection does not tell by itself that it was given up.
      const giveUp = (): void => {
        request.destroy();
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      request.on('close', () => signal.removeEventListener('abort', giveUp));
      request.on('error', reject);
      request.on('socket', (socket: Socket) => {
        limitConnecting(socket, options.connectTimeoutMs, isHttps);
        request.on('close', () => usedAt.set(socket, Date.now()));
      });
      request.on('response', (response) => {
        textOf(response, options.maxAnswerBytes).then(
          (text) =>
            resolve({
              status: response.statusCode ?? 0,
              contentType: response.headers['content-type'] ?? '',
              retryAfter: response.headers['retry-after'],
              text,
            }),
          (error: Error) => {
            request.destroy();
            reject(error);
          },
        );
      });
      request.end(payload);
    });
  }

  async function send(request: HttpRequest, limits: RequestLimits): Promise<HttpAnswer> {
    const timeoutMs = limits.timeoutMs ?? options.timeoutMs;
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = limits.signal === undefined ? deadline : AbortSignal.any([deadline, limits.signal]);
    try {
      if (isClosed) throw new Error('the client was closed');
      await options.pacer?.turn(signal);
      await dropStale();
      signal.throwIfAborted();
      return await exchange(request, signal);
    } catch (error) {
      throw transportError(error, url.host, timeoutMs, signal);
    }
  }

  return {
    async send(request, limits = {}) {
      const answer = send(request, limits);
      running.add(answer);
      try {
        return await answer;
      } finally {
        running.delete(answer);
      }
    },
    async close() {
      isClosed = true;
      await Promise.allSettled(running);
      agent.destroy();
    },
  };
}

/** Proxies close idle connections after 5 s and more. */
const maxIdleMs = 4000;

function freeSockets(agent: HttpAgent): Socket[] {
  return Object.values(agent.freeSockets).flatMap((sockets) => sockets ?? []);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function limitConnecting(socket: Socket, timeoutMs: number, isHttps: boolean): void {
  if (!socket.connecting) return;
  const timer = setTimeout(
    () => socket.destroy(new Error(`no connection within ${timeoutMs / 1000} s`)),
    timeoutMs,
  );
  socket.once(isHttps ? 'secureConnect' : 'connect', () => clearTimeout(timer));
  socket.once('close', () => clearTimeout(timer));
}

class AnswerTooLarge extends Error {}

async function textOf(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new AnswerTooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function transportError(error: unknown, host: string, timeoutMs: number, signal: AbortSignal): OdoopbxError {
  if (error instanceof OdoopbxError) return error;
  // The caller's signal may be a deadline over several requests.
  if (signal.aborted && signal.reason instanceof Error && signal.reason.name === 'TimeoutError') {
    const message = `Odoo at ${host} did not answer within ${timeoutMs / 1000} s`;
    return new OdoopbxError('ODOO_TIMEOUT', message, { retryable: true, cause: error });
  }
  if (error instanceof AnswerTooLarge) {
    return new OdoopbxError('ODOO_BAD_ANSWER', `the answer of Odoo at ${host} is too large`, {
      cause: error,
    });
  }
  const message = `Odoo at ${host} is not reachable: ${reasonOf(error)}`;
  return new OdoopbxError('ODOO_UNREACHABLE', message, { retryable: true, cause: error });
}

/** Several addresses tried give an AggregateError without a message. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return messageOf(error);
}
