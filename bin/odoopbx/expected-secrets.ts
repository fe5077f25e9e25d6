import type { Fleet } from '#core/fleet/fleet.ts';
import type { ResourceNames } from '#core/fleet/resource-names.ts';

export interface ExpectedSecret {
  /** What `odoopbx secret set` takes: `acme`, `acme/lab`. */
  readonly target: string;
  /** Name of the SSM parameter. */
  readonly parameter: string;
}

/** The secrets that the fleet's functions will ask for. */
export function expectedSecrets({ tenants }: Pick<Fleet, 'tenants'>, names: ResourceNames): ExpectedSecret[] {
  return Object.entries(tenants).flatMap(([tenant, { pbxs }]) => [
    { target: tenant, parameter: names.odooSecret(tenant) },
    ...Object.entries(pbxs)
      .filter(([, { odoo }]) => odoo)
      .map(([name]) => ({ target: `${tenant}/${name}`, parameter: names.odooSecret(tenant, name) })),
  ]);
}
