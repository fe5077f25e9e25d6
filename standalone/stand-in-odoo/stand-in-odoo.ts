import { serve, type ServerType } from '@hono/node-server';
import type { AmiEvent } from '#core/contracts/ami-event.ts';
import type { Json } from '#core/contracts/job.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Environment, ModelMethod } from './environment.ts';
import { callMethods } from './models/call.ts';
import { channelMethods, plusCallMethods } from './models/channel.ts';
import { eventMethods, initialRules } from './models/event.ts';
import { serverMethods } from './models/server.ts';
import { userMethods } from './models/users.ts';
import { RecordTable, type OdooRecord } from './records.ts';
import { createRpcRoutes } from './rpc-routes.ts';

export interface HandledCall {
  model: string;
  method: string;
  argument: Json | AmiEvent | undefined;
  failed: boolean;
}

export interface StandInOptions {
  /** On 127.0.0.1; 0: any free port. */
  port: number;
  /** Password or API key of the one user, `admin`. */
  secret: string;
  clock: Clock;
  /** Called after a rule was saved, as the addon tells its agents to reload. */
  reloadAgents?: () => void;
  handled?: (call: HandledCall) => void;
}

/** An Odoo with the addon, in memory, for trying the system out and for tests. What it holds survives stop(). */
export interface StandInOdoo {
  readonly url: string;
  readonly env: Environment;
  readonly running: boolean;
  rules(): OdooRecord[];
  start(): Promise<void>;
  /** Answers nobody any more, as an Odoo that is down. */
  stop(): Promise<void>;
}

const models: Readonly<Record<string, Readonly<Record<string, ModelMethod>>>> = {
  'asterisk_plus.server': serverMethods,
  'asterisk_plus.event': eventMethods,
  'asterisk_plus.channel': channelMethods,
  'asterisk_plus.call': plusCallMethods,
  'asterisk_calls.call': callMethods,
  'res.users': userMethods,
};

export function createStandInOdoo(options: StandInOptions): StandInOdoo {
  const methods = new Map<string, ModelMethod>();
  for (const [model, own] of Object.entries(models)) {
    for (const [name, method] of Object.entries(own)) methods.set(`${model}/${name}`, method);
  }
  const rule = ['name', 'source', 'model', 'method', 'delay', 'condition', 'is_enabled'];
  const call = ['src', 'dst', 'clid', 'channel', 'dstchannel', 'started', 'answered', 'ended'];
  const env: Environment = {
    clock: options.clock,
    tables: {
      events: new RecordTable(rule),
      calls: new RecordTable([...call, 'duration', 'billsec', 'disposition', 'uniqueid', 'linkedid']),
      channels: new RecordTable(['uniqueid', 'linkedid', 'channel', 'callerid_num', 'state', 'is_active']),
      failures: new RecordTable(['model', 'method', 'error', 'traceback', 'argument', 'create_date'], 500),
      notifications: new RecordTable(['uid', 'title', 'message', 'warning', 'at'], 500),
      callbacks: new RecordTable(['response', 'message', 'pass_back', 'at'], 500),
    },
    claimed: new Set(),
    agents: new Map(),
    methods,
    secret: options.secret,
    reloadAgents: options.reloadAgents ?? (() => {}),
    handled: options.handled ?? (() => {}),
  };
  for (const values of initialRules) env.tables.events.create({ source: 'AMI', ...values });

  const app = createRpcRoutes(env);
  let server: ServerType | undefined;
  let port = options.port;
  return {
    env,
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    get running() {
      return server !== undefined;
    },
    rules: () => env.tables.events.all(),
    async start() {
      if (server) return;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const started = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, (address) => {
        port = address.port;
        resolve();
      });
      started.once('error', reject);
      await promise;
      server = started;
    },
    async stop() {
      const stopping = server;
      server = undefined;
      if (!stopping) return;
      await new Promise<void>((resolve) => {
        stopping.close(() => resolve());
        if ('closeAllConnections' in stopping) stopping.closeAllConnections();
      });
    },
  };
}
