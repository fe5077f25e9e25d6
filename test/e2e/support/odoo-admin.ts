import * as z from 'zod';

const answerSchema = z.object({
  result: z.unknown().optional(),
  error: z
    .object({ message: z.string(), data: z.object({ message: z.string().optional() }).optional() })
    .optional(),
});

/** A user's view of Odoo over JSON-RPC, independent of the product's own client. */
export interface OdooSession {
  call<T = unknown>(model: string, method: string, args: unknown[], kwargs?: object): Promise<T>;
  /** Records as dicts, in id order. */
  read<T = Record<string, unknown>>(model: string, domain: unknown[], fields: string[]): Promise<T[]>;
}

export interface OdooLogin {
  url: string;
  db: string;
  uid: number;
  password: string;
}

export function odooSession(login: OdooLogin): OdooSession {
  const call: OdooSession['call'] = async <T>(
    model: string,
    method: string,
    args: unknown[],
    kwargs: object = {},
  ) => {
    const response = await fetch(`${login.url}/jsonrpc`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        jsonrpc: '2.0',
        method: 'call',
        params: {
          service: 'object',
          method: 'execute_kw',
          args: [login.db, login.uid, login.password, model, method, args, kwargs],
        },
      }),
    });
    const { result, error } = answerSchema.parse(await response.json());
    if (error) throw new Error(`${model}.${method}: ${error.data?.message ?? error.message}`);
    return result as T;
  };
  return {
    call,
    read: (model, domain, fields) => call(model, 'search_read', [domain], { fields, order: 'id' }),
  };
}

/** The server record of a PBX, as its admin fills it in; returns its id. */
export async function upsertServer(
  admin: OdooSession,
  server: { pbx: string; doorUrl: string; apiKey: string; userId?: number },
): Promise<number> {
  const { pbx, doorUrl, apiKey, userId = false } = server;
  const values = { name: pbx, pbx, door_url: doorUrl, api_key: apiKey, user_id: userId, active: true };
  const [known] = await admin.read<{ id: number }>('asterisk_plus.server', [['pbx', '=', pbx]], ['id']);
  if (!known) return admin.call<number>('asterisk_plus.server', 'create', [values]);
  await admin.call('asterisk_plus.server', 'write', [[known.id], values]);
  return known.id;
}
