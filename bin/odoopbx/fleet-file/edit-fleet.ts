/**
 * Changes to fleet.yaml's text. Comments, order and quotes stay as the operator wrote them; the outcome is
 * validated before it is returned, so that no command leaves a file behind that the next one refuses.
 */
import { isDeepStrictEqual } from 'node:util';
import { isMap, parse, parseDocument } from 'yaml';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { Fleet } from '#core/fleet/fleet.ts';
import { addLines, removeLines } from './edit-lines.ts';
import { parseFleet } from './parse-fleet.ts';

export interface NewTenant {
  url: string;
  db: string;
  login: string;
}

export interface NewPbx {
  /** A user of the tenant's Odoo for this PBX alone. */
  login?: string | undefined;
}

/** Throws CONFIG_INVALID: the tenant exists, or a value is out of its range. */
export function addTenant(text: string, file: string, tenant: string, odoo: NewTenant): string {
  const { tenants } = parseFleet(text, file);
  if (Object.hasOwn(tenants, tenant)) throw refused(`${file} has a tenant ${tenant} already`);
  return add(text, file, ['tenants'], tenant, { odoo: { ...odoo }, pbxs: {} });
}

/** Throws CONFIG_INVALID: no such tenant, the PBX exists, or the name is none. */
export function addPbx(text: string, file: string, tenant: string, name: string, { login }: NewPbx): string {
  const pbxs = pbxsOf(parseFleet(text, file), file, tenant);
  if (Object.hasOwn(pbxs, name)) throw refused(`${file} has a PBX ${tenant}/${name} already`);
  return add(text, file, ['tenants', tenant, 'pbxs'], name, login === undefined ? {} : { odoo: { login } });
}

/** Throws CONFIG_INVALID where there is no such tenant. */
export function removeTenant(text: string, file: string, tenant: string): string {
  pbxsOf(parseFleet(text, file), file, tenant);
  return remove(text, file, ['tenants'], tenant);
}

/** Throws CONFIG_INVALID where there is no such PBX. */
export function removePbx(text: string, file: string, tenant: string, name: string): string {
  const pbxs = pbxsOf(parseFleet(text, file), file, tenant);
  if (!Object.hasOwn(pbxs, name)) throw refused(`${file} has no PBX ${tenant}/${name}`);
  return remove(text, file, ['tenants', tenant, 'pbxs'], name);
}

function pbxsOf({ tenants }: Fleet, file: string, tenant: string): Record<string, unknown> {
  const found = Object.hasOwn(tenants, tenant) ? tenants[tenant] : undefined;
  if (found) return found.pbxs;
  throw refused(`${file} has no tenant ${tenant}: add it with "odoopbx add tenant"`);
}

function add(text: string, file: string, path: string[], name: string, value: object): string {
  const document = parseDocument(text);
  // `tenants:` may be missing, or stand there with nothing behind it.
  if (!isMap(document.getIn(path, true))) document.setIn(path, document.createNode({}));
  document.setIn([...path, name], document.createNode(value));
  return validated(addLines(text, path, name, value), document.toString({ lineWidth: 0 }), file);
}

function remove(text: string, file: string, path: string[], name: string): string {
  const document = parseDocument(text);
  document.deleteIn([...path, name]);
  return validated(removeLines(text, path, name), document.toString({ lineWidth: 0 }), file);
}

/** The change line by line where it says the same as the library's; else the library's, which moves more. */
function validated(lines: string | undefined, whole: string, file: string): string {
  parseFleet(whole, file);
  return lines !== undefined && isDeepStrictEqual(parsed(lines), parse(whole)) ? lines : whole;
}

function parsed(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

function refused(message: string): OdoopbxError {
  return new OdoopbxError('CONFIG_INVALID', message);
}
