import { Agent, request } from 'undici';
import { OdoopbxError, messageOf } from '#core/errors/odoopbx-error.ts';
import { checkedUrl, guardedLookup } from './address-guard.ts';
import type { AddressPolicy } from './address-guard.ts';

export interface HttpExchangeOptions extends AddressPolicy {
  readonly url: string;
  /** For a whole request. Above the 30 s that Odoo may spend on retries of its own. */
  readonly timeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly maxAnswerBytes: number;
  /** Sockets kept open to one Odoo; each busy one takes a worker there. */
  readonly connections: number;
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
  const agent = new Agent({
    connections: options.connections,
    pipelining: 1,
    // The size limit is enforced on HTTP/1.1 only.
    allowH2: false,
    maxResponseSize: options.maxAnswerBytes,
    connect: { timeout: options.connectTimeoutMs, lookup: guardedLookup(options) },
  });
  return {
    async send({ method, path, headers, body }, limits = {}) {
      const timeoutMs = limits.timeoutMs ?? options.timeoutMs;
      const deadline = AbortSignal.timeout(timeoutMs);
      try {
        const answer = await request(`${url.origin}${prefix}${path}`, {
          dispatcher: agent,
          method,
          headers:
            body === undefined
              ? { ...headers }
              : { 'content-type': 'application/json; charset=utf-8', ...headers },
          body: body === undefined ? null : JSON.stringify(body),
          headersTimeout: timeoutMs,
          bodyTimeout: timeoutMs,
          signal: limits.signal === undefined ? deadline : AbortSignal.any([deadline, limits.signal]),
        });
        return {
          status: answer.statusCode,
          contentType: single(answer.headers['content-type']) ?? '',
          retryAfter: single(answer.headers['retry-after']),
          text: await answer.body.text(),
        };
      } catch (error) {
        throw transportError(error, url.host, timeoutMs, deadline.aborted);
      }
    },
    async close() {
      await agent.close();
    },
  };
}

function transportError(
  error: unknown,
  host: string,
  timeoutMs: number,
  deadlinePassed: boolean,
): OdoopbxError {
  if (error instanceof OdoopbxError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  // The caller's signal may be a deadline over several requests.
  const outOfTime = deadlinePassed || (error instanceof Error && error.name === 'TimeoutError');
  if (outOfTime || code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    const message = `Odoo at ${host} did not answer within ${timeoutMs / 1000} s`;
    return new OdoopbxError('ODOO_TIMEOUT', message, { retryable: true, cause: error });
  }
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
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

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
