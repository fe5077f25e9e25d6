import { OdoopbxError } from '#core/errors/odoopbx-error.ts';

/** `setting`: the key under `policy` that would allow it, null where none does. */
export function refuse(what: string, setting: string | null): OdoopbxError {
  const remedy =
    setting === null
      ? 'no setting allows it'
      : `its administrator can allow it by policy.${setting} in the agent's configuration`;
  return new OdoopbxError('JOB_REFUSED_BY_POLICY', `This PBX does not allow ${what}: ${remedy}.`);
}
