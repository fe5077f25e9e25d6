import { pbxNameOf, type PbxId } from '#core/contracts/names.ts';
import { createOdooClient } from '#odoo/client.ts';
import type { SecretSource } from '#odoo/credentials.ts';
import { createPacer } from '#odoo/pacer.ts';
import { createOdooTarget, type OdooTargetOptions } from './odoo-target.ts';
import type { OdooTarget } from './route-deps.ts';
import type { OdooSetting } from './settings.ts';

export interface OdooTargetsOptions extends Pick<OdooTargetOptions, 'localRules' | 'clock' | 'logger'> {
  /** The secret of the tenant's user, or of the one that this PBX (its name) has for itself. */
  readonly secretOf: (pbxName: string | undefined) => SecretSource;
}

/**
 * The tenant's Odoo, once as its own user and once as each PBX's own; they are kept as long as the process is. Never
 * more than one request is on its way, and no more begin in a second than the setting says.
 */
export function createOdooTargets(
  odoo: OdooSetting,
  { secretOf, ...options }: OdooTargetsOptions,
): (pbx: PbxId) => OdooTarget {
  const { callsPerSecond } = odoo;
  const pacer = callsPerSecond === undefined ? undefined : createPacer(callsPerSecond, options.clock);
  const targets = new Map<string | undefined, OdooTarget>();

  function createTarget(pbxName: string | undefined, login: string): OdooTarget {
    const client = createOdooClient({
      url: odoo.url,
      db: odoo.db,
      login,
      secret: secretOf(pbxName),
      timeoutMs: odoo.timeoutSeconds * 1000,
      connections: 1,
      allowPrivateAddress: odoo.allowPrivateAddress,
      allowHttp: odoo.allowHttp,
      ...(pacer && { pacer }),
    });
    return createOdooTarget(client, { ...options, server: odoo.url, ownLogin: pbxName !== undefined });
  }

  return (pbx) => {
    const name = pbxNameOf(pbx);
    const ownLogin = odoo.logins[name];
    const key = ownLogin === undefined ? undefined : name;
    const known = targets.get(key) ?? createTarget(key, ownLogin ?? odoo.login);
    targets.set(key, known);
    return known;
  };
}
