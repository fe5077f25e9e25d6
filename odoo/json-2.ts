import * as z from 'zod';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { OdooFault, faultOf, parseFault } from './faults.ts';
import type { CalledMethod } from './faults.ts';
import type { HttpExchange, RequestLimits } from './http-exchange.ts';
import { httpFault, jsonOf } from './http-faults.ts';

/** `/json/2/<model>/<method>`, Odoo 19 and later: named parameters, an API key as bearer. */
export interface Json2Call extends CalledMethod {
  readonly ids?: readonly unknown[];
  readonly named: Readonly<Record<string, unknown>>;
}

/** A method's parameters by name and order, as `/doc-bearer/<model>.json` tells. */
export interface MethodSignature {
  readonly parameters: readonly string[];
  /** Called on the model, not on records. */
  readonly onModel: boolean;
}

export interface Json2 {
  call(key: string, call: Json2Call, limits?: RequestLimits): Promise<unknown>;
  /** Undefined where the user may not read the documentation, or the method is not in it. */
  signature(key: string, called: CalledMethod, limits?: RequestLimits): Promise<MethodSignature | undefined>;
}

const docSchema = z.object({
  methods: z.record(
    z.string(),
    z.object({
      parameters: z.record(z.string(), z.unknown()).default({}),
      api: z.array(z.string()).default([]),
    }),
  ),
});

/** Parameter names that mean something else in the body of a call. */
const reserved = new Set(['ids', 'context']);

export function createJson2(exchange: HttpExchange, db: string): Json2 {
  const documents = new Map<string, Promise<z.infer<typeof docSchema> | undefined>>();
  const headersFor = (key: string): Record<string, string> => ({
    authorization: `bearer ${key}`,
    'x-odoo-database': db,
  });

  async function document(key: string, model: string, limits?: RequestLimits) {
    const path = `/doc-bearer/${encodeURIComponent(model)}.json`;
    const answer = await exchange.send({ method: 'POST', path, headers: headersFor(key), body: {} }, limits);
    if (answer.status === 401) throw unauthorized();
    if (answer.status >= 500 || answer.status === 429) throw httpFault(answer);
    return answer.status === 200 ? docSchema.safeParse(jsonOf(answer)).data : undefined;
  }

  return {
    async call(key, { model, method, ids, named }, limits) {
      const path = `/json/2/${encodeURIComponent(model)}/${encodeURIComponent(method)}`;
      const body = ids === undefined ? named : { ...named, ids };
      const answer = await exchange.send({ method: 'POST', path, headers: headersFor(key), body }, limits);
      if (answer.status === 200) return jsonOf(answer);
      if (answer.status === 401) throw unauthorized();
      const fault = answer.contentType.includes('json') ? parseFault(jsonOf(answer)) : undefined;
      throw fault === undefined ? httpFault(answer) : faultOf(fault, { model, method });
    },
    async signature(key, { model, method }, limits) {
      let pending = documents.get(model);
      if (pending === undefined) {
        pending = document(key, model, limits);
        documents.set(model, pending);
        // What failed is asked for anew.
        pending.catch(() => documents.delete(model));
      }
      const found = (await pending)?.methods[method];
      if (found === undefined) return undefined;
      return { parameters: Object.keys(found.parameters), onModel: found.api.includes('model') };
    },
  };
}

/** Positional arguments under the names that the method gives them. Throws ODOO_BAD_ANSWER where that can't be. */
export function namedCall(
  called: CalledMethod & { args: readonly unknown[]; kwargs: Readonly<Record<string, unknown>> },
  signature: MethodSignature,
): Json2Call {
  const { model, method } = called;
  const ids = signature.onModel ? undefined : called.args[0];
  const values = signature.onModel ? called.args : called.args.slice(1);
  const named: Record<string, unknown> = { ...called.kwargs };
  for (const [index, value] of values.entries()) {
    const name = signature.parameters[index];
    if (name === undefined || reserved.has(name)) {
      throw new OdoopbxError(
        'ODOO_BAD_ANSWER',
        `${model}.${method} can not be called by JSON-2: its parameter ${index + 1} has no usable name`,
      );
    }
    named[name] = value;
  }
  if (ids === undefined) return { model, method, named };
  return { model, method, named, ids: Array.isArray(ids) ? (ids as unknown[]) : [ids] };
}

function unauthorized(): OdooFault {
  return new OdooFault('ODOO_AUTHENTICATION', 'Odoo refused the API key', { retryable: true });
}
