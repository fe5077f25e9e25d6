import { startScriptedHttp } from './scripted-http.ts';
import type { ScriptedAnswer, ScriptedHttp } from './scripted-http.ts';

export const apiKey = 'c0ffee'.repeat(6) + 'c0ff';

interface RpcParams {
  service: string;
  method: string;
  args: unknown[];
}

export interface OdooScript {
  /** `[19, 0, 0, 'final', 0, '']` */
  versionInfo?: (string | number)[];
  hasJsonRpc?: boolean;
  /** What authenticate says; false refuses. */
  uid?: (secret: unknown) => number | false | Promise<number>;
  /** The value of an execute_kw call, or the answer's whole body. */
  execute?: (call: {
    model: unknown;
    method: unknown;
    args: unknown;
    kwargs: unknown;
    secret: unknown;
  }) => unknown;
  json2?: (path: string, body: unknown, authorization: string | undefined) => ScriptedAnswer;
  doc?: (model: string) => ScriptedAnswer;
  /** True: HTTP 503 for everything. */
  isDown?: () => boolean;
}

/** As JSON-RPC answers when an exception was raised. */
export class Raise {
  readonly data: Record<string, unknown>;
  constructor(name: string, message: string, debug = 'Traceback …') {
    this.data = { name, message, debug, arguments: [message], context: {} };
  }
}

/** An HTTP server that speaks like Odoo where the script does not say otherwise. */
export function startScriptedOdoo(script: OdooScript): Promise<ScriptedHttp> {
  const versionInfo = script.versionInfo ?? [19, 0, 0, 'final', 0, ''];
  const version = versionInfo.slice(0, 2).join('.');
  return startScriptedHttp(async ({ path, body, headers }) => {
    if (script.isDown?.() === true) return { status: 503, body: '<html>starting' };
    if (path === '/web/version') return { body: { version, version_info: versionInfo } };
    if (path.startsWith('/json/2/')) {
      return (
        script.json2?.(path.slice('/json/2/'.length), body, headers.authorization) ?? {
          status: 404,
          body: '<html>',
        }
      );
    }
    if (path.startsWith('/doc-bearer/')) {
      return (
        script.doc?.(path.slice('/doc-bearer/'.length).replace('.json', '')) ?? {
          status: 403,
          body: '<html>',
        }
      );
    }
    if (path !== '/jsonrpc' || script.hasJsonRpc === false) return { status: 404, body: '<html>not found' };
    const { params } = body as { params: RpcParams };
    const value = await valueOf(params);
    if (value instanceof Raise)
      return {
        body: { jsonrpc: '2.0', id: 1, error: { code: 0, message: 'Odoo Server Error', data: value.data } },
      };
    return {
      body: value === undefined ? { jsonrpc: '2.0', id: 1 } : { jsonrpc: '2.0', id: 1, result: value },
    };
  });

  function valueOf({ service, method, args }: RpcParams): unknown {
    if (service === 'common' && method === 'version') {
      return { server_version: version, server_version_info: versionInfo, protocol_version: 1 };
    }
    if (service === 'common') return script.uid === undefined ? 2 : script.uid(args[2]);
    const [, , secret, model, name, positional, kwargs] = args;
    return script.execute?.({ model, method: name, args: positional, kwargs, secret });
  }
}
