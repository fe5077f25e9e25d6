import { OdoopbxError } from '../core/errors/odoopbx-error.ts';
import type { FleetTenant } from '../core/fleet/fleet.ts';

/** Lambda gives all variables together 4 KB; the others take less than the rest. */
const maxBytes = 3000;

/**
 * What route-events is told of the tenant's Odoo, as JSON: its address and who logs in for which PBX. Fails where
 * it outgrows a function's environment.
 */
export function odooSettingOf(tenant: string, { odoo, pbxs }: Pick<FleetTenant, 'odoo' | 'pbxs'>): string {
  const logins = Object.fromEntries(
    Object.entries(pbxs).flatMap(([name, pbx]) => (pbx.odoo ? [[name, pbx.odoo.login]] : [])),
  );
  const setting = JSON.stringify({ ...odoo, logins });
  if (Buffer.byteLength(setting) <= maxBytes) return setting;
  throw new OdoopbxError(
    'CONFIG_INVALID',
    `tenants.${tenant}: the logins of its PBXs take more than ${maxBytes} bytes; let PBXs share a login`,
  );
}
