import * as z from 'zod';

/** A tenant's or a PBX's own name. */
export const nameSchema = z.string().regex(/^[a-z0-9-]{1,24}$/, 'a name is 1 to 24 of a-z, 0-9 and "-"');

/** `<tenant>_<pbx>`: the name of the IoT thing, the job queue, the bus source and the key alike. */
export const pbxIdSchema = z
  .string()
  .regex(/^[a-z0-9-]{1,24}_[a-z0-9-]{1,24}$/, 'a PBX id is <tenant>_<pbx>, each 1 to 24 of a-z, 0-9 and "-"');

export type PbxId = string;

/** The EventBridge source of a PBX. The bus lets a PBX put entries under its own source alone. */
export function sourceOf(pbx: PbxId): string {
  return `pbx.${pbx}`;
}

/** The PBX that a bus source names, or undefined when the source is not a PBX's. */
export function pbxOfSource(source: string): PbxId | undefined {
  const parsed = source.startsWith('pbx.') ? pbxIdSchema.safeParse(source.slice(4)) : undefined;
  return parsed?.success ? parsed.data : undefined;
}

/** `acme` of `acme_hq`. */
export function tenantOf(pbx: PbxId): string {
  return pbx.slice(0, pbx.indexOf('_'));
}

/** `hq` of `acme_hq`: the PBX's name in Odoo and for people. */
export function pbxNameOf(pbx: PbxId): string {
  return pbx.slice(pbx.indexOf('_') + 1);
}
