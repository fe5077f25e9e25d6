import * as z from 'zod';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { OdooFault } from './faults.ts';
import type { HttpExchange, RequestLimits } from './http-exchange.ts';
import { httpFault, jsonOf } from './http-faults.ts';
import { missingJsonRpc } from './json-rpc.ts';
import type { JsonRpc } from './json-rpc.ts';

/** Which Odoo answers, and by which protocols. */
export interface OdooVersion {
  /** `19.0`, `saas~18.2`, `17.0+e`. */
  readonly version: string;
  /** `[19, 0, 0, 'final', 0, '']`. */
  readonly serverVersionInfo: readonly (string | number)[];
  readonly major: number;
  readonly jsonRpc: boolean;
  readonly json2: boolean;
}

const versionInfoSchema = z.array(z.union([z.string(), z.number()])).min(1);
const rpcVersionSchema = z.object({ server_version: z.string(), server_version_info: versionInfoSchema });
const webVersionSchema = z.object({ version: z.string(), version_info: versionInfoSchema });

/** First release with `/json/2`. */
const json2Since = 19;

/** Asks for the version, which needs no login: by `/jsonrpc`, and by `/web/version` where that is gone (22). */
export async function probeVersion(
  exchange: HttpExchange,
  jsonRpc: JsonRpc,
  limits?: RequestLimits,
): Promise<OdooVersion> {
  try {
    const answer = rpcVersionSchema.safeParse(await jsonRpc.version(limits));
    if (!answer.success) throw notOdoo();
    return versionOf(answer.data.server_version, answer.data.server_version_info, true);
  } catch (error) {
    if (!(error instanceof OdooFault) || error.exception !== missingJsonRpc) throw error;
  }
  const answer = await exchange.send({ method: 'GET', path: '/web/version' }, limits);
  if (answer.status !== 200) throw httpFault(answer);
  const parsed = webVersionSchema.safeParse(jsonOf(answer));
  if (!parsed.success) throw notOdoo();
  return versionOf(parsed.data.version, parsed.data.version_info, false);
}

function versionOf(version: string, info: readonly (string | number)[], jsonRpc: boolean): OdooVersion {
  // Odoo Online counts releases in between as 'saas~18'.
  const major = Number(/\d+/.exec(String(info[0]))?.[0] ?? Number.NaN);
  if (Number.isNaN(major)) throw notOdoo();
  return { version, serverVersionInfo: info, major, jsonRpc, json2: major >= json2Since };
}

function notOdoo(): OdoopbxError {
  return new OdoopbxError('ODOO_BAD_ANSWER', 'what answers at this address is not an Odoo', {
    retryable: true,
  });
}
