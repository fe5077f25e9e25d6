import * as z from 'zod';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { looksLikeApiKey, readSecret, withoutSecret } from './credentials.ts';
import type { SecretSource } from './credentials.ts';
import { OdooFault } from './faults.ts';
import { createHttpExchange } from './http-exchange.ts';
import type { RequestLimits } from './http-exchange.ts';
import { createJson2, namedCall } from './json-2.ts';
import type { Json2Call } from './json-2.ts';
import { createJsonRpc, missingJsonRpc, notFound } from './json-rpc.ts';
import type { MethodCall } from './method-call.ts';
import type { Pacer } from './pacer.ts';
import { probeVersion } from './probe.ts';
import type { OdooVersion } from './probe.ts';

export interface OdooClientOptions {
  /** `https://odoo.example.com`, with a path where Odoo is below one. */
  readonly url: string;
  readonly db: string;
  readonly login: string;
  readonly secret: SecretSource;
  /** For one call; default 60 s, above the 30 s that Odoo may spend on retries of its own. */
  readonly timeoutMs?: number;
  readonly connectTimeoutMs?: number;
  readonly maxAnswerBytes?: number;
  /** Sockets kept open at most; default 4. */
  readonly connections?: number;
  /** Says when a request may begin; shared by the users of one Odoo. */
  readonly pacer?: Pacer;
  readonly allowPrivateAddress?: boolean;
  readonly allowHttp?: boolean;
  /** `json-rpc` keeps to `/jsonrpc` though the Odoo has JSON-2 as well; default `auto`. */
  readonly protocol?: 'auto' | 'json-rpc';
}

export interface SearchReadOptions {
  readonly fields: readonly string[];
  readonly limit?: number;
  readonly offset?: number;
  readonly order?: string;
}

/** One Odoo as one user. Errors are OdoopbxErrors; those that Odoo answered are OdooFaults with a traceback. */
export interface OdooClient {
  readonly timeoutMs: number;
  /**
   * `execute_kw(model, method, args, kwargs)`: `args` holds the ids first where the method is one of records.
   * Resolves with the JSON value that the method returned (null for None).
   */
  callMethod(
    model: string,
    method: string,
    args?: readonly unknown[],
    kwargs?: Readonly<Record<string, unknown>>,
    limits?: RequestLimits,
  ): Promise<unknown>;
  searchRead(
    model: string,
    domain: readonly unknown[],
    options: SearchReadOptions,
    limits?: RequestLimits,
  ): Promise<Record<string, unknown>[]>;
  /** The version, asked once and kept. Needs no login. */
  version(limits?: RequestLimits): Promise<OdooVersion>;
  /** A small call that needs the login and the database: rejects while Odoo can not be worked with. */
  ping(limits?: RequestLimits): Promise<void>;
  close(): Promise<void>;
}

const recordsSchema = z.array(z.record(z.string(), z.unknown()));

/** Nothing is sent before the first call. Throws ODOO_ADDRESS_REFUSED on a URL that is not allowed. */
export function createOdooClient(options: OdooClientOptions): OdooClient {
  const timeoutMs = options.timeoutMs ?? 60_000;
  const exchange = createHttpExchange({
    url: options.url,
    timeoutMs,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    maxAnswerBytes: options.maxAnswerBytes ?? 16 * 1024 * 1024,
    connections: options.connections ?? 4,
    pacer: options.pacer,
    allowPrivateAddress: options.allowPrivateAddress ?? false,
    allowHttp: options.allowHttp ?? false,
  });
  const jsonRpc = createJsonRpc(exchange, options.db);
  const json2 = createJson2(exchange, options.db);
  let versionAsked: Promise<OdooVersion> | undefined;
  let login: Promise<{ uid: number; secret: string }> | undefined;
  /** JSON-2 said no where /jsonrpc works: a password looked like an API key, a proxy hides it, `db_name` bars it. */
  let json2Refused = options.protocol === 'json-rpc';

  function version(limits?: RequestLimits): Promise<OdooVersion> {
    if (versionAsked === undefined) {
      const asked = probeVersion(exchange, jsonRpc, limits);
      versionAsked = asked;
      asked.catch(() => {
        if (versionAsked === asked) versionAsked = undefined;
      });
    }
    return versionAsked;
  }

  function authenticated(refresh: boolean, limits?: RequestLimits): Promise<{ uid: number; secret: string }> {
    if (login === undefined || refresh) {
      const started = (async () => {
        const secret = await readSecret(options.secret, refresh);
        const uid = await guarded(secret, () => jsonRpc.authenticate(options.login, secret, limits));
        return { uid, secret };
      })();
      login = started;
      started.catch(() => {
        if (login === started) login = undefined;
      });
    }
    return login;
  }

  async function byJsonRpc(call: MethodCall, limits?: RequestLimits): Promise<unknown> {
    const attempt = async (refresh: boolean): Promise<unknown> => {
      const { uid, secret } = await authenticated(refresh, limits);
      return guarded(secret, () => jsonRpc.executeKw(uid, secret, call, limits));
    };
    return onceMoreAfterRefusal(attempt);
  }

  async function byJson2(call: Json2Call, limits?: RequestLimits): Promise<unknown> {
    const attempt = async (refresh: boolean): Promise<unknown> => {
      const secret = await readSecret(options.secret, refresh);
      return guarded(secret, () => json2.call(secret, call, limits));
    };
    return onceMoreAfterRefusal(attempt);
  }

  async function signatureOf(call: MethodCall, limits?: RequestLimits): Promise<Json2Call> {
    const secret = await readSecret(options.secret, false);
    const signature = await guarded(secret, () => json2.signature(secret, call, limits));
    if (signature !== undefined) return namedCall(call, signature);
    const message = `the parameters of ${call.model}.${call.method} are not known: let the user read /doc (group "Technical Documentation")`;
    throw new OdoopbxError('ODOO_NOT_FOUND', message);
  }

  /** The login, a fallback or a second try take from the same time: what a caller waits for is one deadline. */
  function call(call: MethodCall, limits: RequestLimits = {}): Promise<unknown> {
    const ms = limits.timeoutMs ?? timeoutMs;
    const deadline = AbortSignal.timeout(ms);
    const signal = limits.signal === undefined ? deadline : AbortSignal.any([deadline, limits.signal]);
    return callWithin(call, { timeoutMs: ms, signal });
  }

  async function callWithin(call: MethodCall, limits: RequestLimits): Promise<unknown> {
    const server = await version(limits);
    const canJson2 =
      server.json2 && !json2Refused && looksLikeApiKey(await readSecret(options.secret, false));
    const { model, method, args, kwargs } = call;
    let json2Failed = false;
    if (canJson2 && args.length === 0 && !('ids' in kwargs)) {
      try {
        return await byJson2({ model, method, named: kwargs }, limits);
      } catch (error) {
        if (!server.jsonRpc || !isNoJson2(error)) throw error;
        json2Failed = true;
      }
    }
    if (server.jsonRpc) {
      try {
        const value = await byJsonRpc(call, limits);
        // Only what works proves that the fault was JSON-2's own, not that of a wrong key or a missing database.
        json2Refused ||= json2Failed;
        return value;
      } catch (error) {
        // Odoo was upgraded to one without /jsonrpc: the next call asks for the version again.
        if (error instanceof OdooFault && [missingJsonRpc, notFound].includes(error.exception ?? '')) {
          versionAsked = undefined;
        }
        throw error;
      }
    }
    if (canJson2) return byJson2(await signatureOf(call, limits), limits);
    throw new OdoopbxError(
      'ODOO_AUTHENTICATION',
      `Odoo ${server.version} takes API keys only, not passwords`,
      {
        retryable: true,
      },
    );
  }

  return {
    timeoutMs,
    callMethod: (model, method, args = [], kwargs = {}, limits) =>
      call({ model, method, args, kwargs }, limits),
    async searchRead(model, domain, { fields, ...rest }, limits) {
      const kwargs = { domain, fields, ...rest };
      const records = recordsSchema.safeParse(
        await call({ model, method: 'search_read', args: [], kwargs }, limits),
      );
      if (records.success) return records.data;
      throw new OdoopbxError(
        'ODOO_BAD_ANSWER',
        `Odoo's answer to search_read on ${model} is no list of records`,
      );
    },
    version,
    async ping(limits) {
      await call({ model: 'res.users', method: 'context_get', args: [], kwargs: {} }, limits);
    },
    close: () => exchange.close(),
  };
}

/** Runs `attempt` again, with a fresh login and secret, when Odoo refused who calls. */
async function onceMoreAfterRefusal(attempt: (refresh: boolean) => Promise<unknown>): Promise<unknown> {
  try {
    return await attempt(false);
  } catch (error) {
    if (!(error instanceof OdoopbxError) || error.code !== 'ODOO_AUTHENTICATION') throw error;
    return attempt(true);
  }
}

function isNoJson2(error: unknown): boolean {
  if (!(error instanceof OdooFault)) return false;
  const fromProxy = error.exception === undefined && error.code === 'ODOO_BAD_ANSWER' && error.retryable;
  // An Odoo that was started for a list of databases (`db_name`) may know ours by /jsonrpc alone.
  return fromProxy || error.code === 'ODOO_AUTHENTICATION' || error.code === 'ODOO_DATABASE_MISSING';
}

/** Takes the secret out of whatever Odoo or a proxy echoes. */
async function guarded<T>(secret: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof OdooFault) || secret.length < 4) throw error;
    if (!error.message.includes(secret) && error.traceback?.includes(secret) !== true) throw error;
    throw new OdooFault(error.code, withoutSecret(error.message, secret), {
      retryable: error.retryable,
      exception: error.exception,
      traceback: error.traceback === undefined ? undefined : withoutSecret(error.traceback, secret),
      retryAfterSeconds: error.retryAfterSeconds,
    });
  }
}
