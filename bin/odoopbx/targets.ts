import { didYouMean } from '#core/config/did-you-mean.ts';
import type { PbxId } from '#core/contracts/names.ts';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { Fleet, FleetPbx, FleetTenant } from '#core/fleet/fleet.ts';

export interface TenantTarget {
  readonly tenant: string;
  readonly config: FleetTenant;
}

export interface PbxTarget extends TenantTarget {
  readonly name: string;
  readonly pbx: PbxId;
  readonly pbxConfig: FleetPbx;
}

/** `acme/hq` (also `acme_hq`) in its two names; neither need exist. Throws CONFIG_INVALID. */
export function splitTarget(target: string): { tenant: string; name: string } {
  const [tenant, name, ...rest] = target.split(/[/_]/);
  if (tenant && name && rest.length === 0) return { tenant, name };
  throw new OdoopbxError(
    'CONFIG_INVALID',
    `${target} names no PBX: it must be TENANT/PBX, for example acme/hq`,
  );
}

/** Throws CONFIG_INVALID where fleet.yaml has no such tenant. */
export function findTenant({ tenants }: Fleet, tenant: string): TenantTarget {
  const config = Object.hasOwn(tenants, tenant) ? tenants[tenant] : undefined;
  if (config) return { tenant, config };
  throw missing(`no tenant ${tenant}`, tenant, Object.keys(tenants));
}

/** Throws CONFIG_INVALID where fleet.yaml has no such PBX. */
export function findPbx(fleet: Fleet, target: string): PbxTarget {
  const { tenant, name } = splitTarget(target);
  const { config } = findTenant(fleet, tenant);
  const pbxConfig = Object.hasOwn(config.pbxs, name) ? config.pbxs[name] : undefined;
  if (pbxConfig) return { tenant, config, name, pbx: `${tenant}_${name}`, pbxConfig };
  throw missing(`no PBX ${name} in tenant ${tenant}`, name, Object.keys(config.pbxs));
}

function missing(what: string, word: string, known: readonly string[]): OdoopbxError {
  const suggestion = didYouMean(word, known);
  const shown = known.length > 10 ? [...known.slice(0, 10), `${known.length - 10} more`] : known;
  const hint =
    suggestion === undefined
      ? `there ${known.length === 0 ? 'is none' : `are ${shown.join(', ')}`}`
      : `did you mean ${suggestion}?`;
  return new OdoopbxError('CONFIG_INVALID', `the fleet has ${what}; ${hint}`);
}

/** `acme/hq` of `acme_hq`, as the operator writes it. */
export function showPbx(pbx: PbxId): string {
  return pbx.replace('_', '/');
}
