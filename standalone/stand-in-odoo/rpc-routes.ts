import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import * as z from 'zod';
import { callMethod } from './call-method.ts';
import { userId, userName, type Environment } from './environment.ts';
import { faultData, OdooException } from './odoo-exception.ts';

const version = { server_version: '19.0', server_version_info: [19, 0, 0, 'final', 0, ''] };

const rpcSchema = z.object({
  id: z.union([z.number(), z.string(), z.null()]).default(null),
  params: z.object({ service: z.string(), method: z.string(), args: z.array(z.unknown()) }),
});
const executeSchema = z.tuple([
  z.string(),
  z.number(),
  z.string(),
  z.string(),
  z.string(),
  z.array(z.unknown()),
  z.record(z.string(), z.unknown()).default({}),
]);
const namedSchema = z.record(z.string(), z.unknown());

/** Odoo's statuses of JSON-2 per exception; anything else is 500. */
const statuses: Readonly<Record<string, 403 | 404 | 422>> = {
  'odoo.exceptions.AccessError': 403,
  'odoo.exceptions.MissingError': 404,
  'builtins.AttributeError': 404,
  'odoo.exceptions.UserError': 422,
  'odoo.exceptions.ValidationError': 422,
};

/** `/jsonrpc` and `/json/2/<model>/<method>` as Odoo 19 answers them. */
export function createRpcRoutes(env: Environment): Hono {
  const app = new Hono();
  app.use(bodyLimit({ maxSize: 16 * 1024 * 1024 }));

  app.post('/jsonrpc', async (context) => {
    const body: unknown = await context.req.json();
    const request = rpcSchema.safeParse(body);
    if (!request.success) return context.json({ jsonrpc: '2.0', id: null, error: { code: 0, data: {} } });
    const { id, params } = request.data;
    try {
      return context.json({ jsonrpc: '2.0', id, result: serve(env, params) ?? null });
    } catch (error) {
      const data = faultData(error);
      return context.json({ jsonrpc: '2.0', id, error: { code: 0, message: 'Odoo Server Error', data } });
    }
  });

  app.post('/json/2/:model/:method', async (context) => {
    if (context.req.header('authorization') !== `bearer ${env.secret}`) {
      return context.json(
        faultData(new OdooException('werkzeug.exceptions.Unauthorized', 'Invalid apikey')),
        401,
      );
    }
    const named = namedSchema.safeParse(await context.req.json());
    if (!named.success) return context.json(faultData(new Error('the body must be an object')), 422);
    const { ids, context: _context, ...kwargs } = named.data;
    const args = ids === undefined ? [] : [ids];
    try {
      const { model, method } = context.req.param();
      return context.json(callMethod(env, model, method, args, kwargs) ?? null);
    } catch (error) {
      const status = error instanceof OdooException ? (statuses[error.exception] ?? 500) : 500;
      return context.json(faultData(error), status);
    }
  });

  app.get('/web/version', (context) =>
    context.json({ version: version.server_version, version_info: version.server_version_info }),
  );
  app.get('/', (context) =>
    context.text('A stand-in for Odoo 19, in memory. Its page is that of npm start.'),
  );
  return app;
}

function serve(env: Environment, { service, method, args }: z.infer<typeof rpcSchema>['params']): unknown {
  if (service === 'common' && method === 'version') return { ...version, protocol_version: 1 };
  if (service === 'common' && (method === 'authenticate' || method === 'login')) {
    return args[1] === userName && args[2] === env.secret ? userId : false;
  }
  if (service !== 'object' || method !== 'execute_kw') {
    throw new OdooException('builtins.AttributeError', `no ${service}.${method}`);
  }
  const call = executeSchema.safeParse(args.length === 6 ? [...args, {}] : args);
  if (!call.success) throw new OdooException('builtins.TypeError', 'execute_kw() takes seven arguments');
  const [, uid, secret, model, name, positional, kwargs] = call.data;
  if (uid !== userId || secret !== env.secret) {
    throw new OdooException('odoo.exceptions.AccessDenied', 'Access Denied');
  }
  return callMethod(env, model, name, positional, kwargs);
}
