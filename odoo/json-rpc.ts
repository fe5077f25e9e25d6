import * as z from 'zod';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { OdooFault, faultOf, parseFault } from './faults.ts';
import type { CalledMethod } from './faults.ts';
import type { HttpExchange, RequestLimits } from './http-exchange.ts';
import { httpFault, jsonOf } from './http-faults.ts';
import type { MethodCall } from './method-call.ts';

const answerSchema = z.union([
  z.object({ error: z.object({ message: z.string().optional(), data: z.unknown().optional() }) }),
  z.object({ jsonrpc: z.string(), result: z.unknown().optional() }),
]);

/** `/jsonrpc`, Odoo 8 to 21: positional arguments, the password or an API key in each call. */
export interface JsonRpc {
  /** common.version; rejects with ODOO_NOT_FOUND where Odoo has no `/jsonrpc` any more. */
  version(limits?: RequestLimits): Promise<unknown>;
  /** The user's id. Rejects with ODOO_AUTHENTICATION, ODOO_DATABASE_MISSING. */
  authenticate(login: string, secret: string, limits?: RequestLimits): Promise<number>;
  executeKw(uid: number, secret: string, call: MethodCall, limits?: RequestLimits): Promise<unknown>;
}

export function createJsonRpc(exchange: HttpExchange, db: string): JsonRpc {
  let lastId = 0;

  async function post(
    service: string,
    method: string,
    args: readonly unknown[],
    called: CalledMethod,
    limits?: RequestLimits,
  ): Promise<unknown> {
    lastId += 1;
    const body = { jsonrpc: '2.0', id: lastId, method: 'call', params: { service, method, args } };
    const answer = await exchange.send({ method: 'POST', path: '/jsonrpc', body }, limits);
    if (answer.status === 404) throw noJsonRpc();
    if (answer.status !== 200) throw httpFault(answer);
    const parsed = answerSchema.safeParse(jsonOf(answer));
    if (!parsed.success) {
      throw new OdoopbxError('ODOO_BAD_ANSWER', 'the answer is not JSON-RPC', { retryable: true });
    }
    // A method that returns None leaves `result` out.
    if ('error' in parsed.data) throw errorOf(parsed.data.error, called);
    return parsed.data.result ?? null;
  }

  return {
    version: (limits) => post('common', 'version', [], { model: 'common', method: 'version' }, limits),
    async authenticate(login, secret, limits) {
      const called = { model: 'common', method: 'authenticate' };
      const uid = await post('common', 'authenticate', [db, login, secret, {}], called, limits);
      if (typeof uid === 'number') return uid;
      throw new OdooFault('ODOO_AUTHENTICATION', 'Odoo refused the login or the password (API key)', {
        retryable: true,
      });
    },
    executeKw(uid, secret, call, limits) {
      const args = [db, uid, secret, call.model, call.method, call.args, call.kwargs];
      return post('object', 'execute_kw', args, call, limits);
    },
  };
}

function errorOf(
  error: { message?: string | undefined; data?: unknown },
  called: CalledMethod,
): OdoopbxError {
  const fault = parseFault(error.data);
  if (fault === undefined) {
    const message = `Odoo answered with an error: ${(error.message ?? 'no reason given').slice(0, 500)}`;
    return new OdoopbxError('ODOO_BAD_ANSWER', message, { retryable: true });
  }
  // On `common` it is the route itself that is gone; a method of a model may raise NotFound too.
  const isRoute = called.model === 'common' && fault.name === notFound;
  return isRoute ? noJsonRpc() : faultOf(fault, called);
}

/** Retryable: says something of the installation, not of what was called. */
function noJsonRpc(): OdooFault {
  return new OdooFault('ODOO_BAD_ANSWER', 'Odoo has no /jsonrpc at this address', {
    retryable: true,
    exception: missingJsonRpc,
  });
}

/** What an Odoo without the route answers to a JSON request. */
export const notFound = 'werkzeug.exceptions.NotFound';
export const missingJsonRpc = 'no /jsonrpc';
