import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { apiUrlOutput, type ResourceNames } from '#core/fleet/resource-names.ts';
import type { Stacks } from './cloud/stacks.ts';

/** The address of the HTTP API, without a slash at its end. Throws NOT_DEPLOYED. */
export async function readApiUrl(stacks: Stacks, names: ResourceNames): Promise<string> {
  const url = (await stacks.find(names.apiStack))?.outputs[apiUrlOutput];
  if (url !== undefined) return url.replace(/\/+$/, '');
  throw new OdoopbxError(
    'NOT_DEPLOYED',
    `the API's address is not known: the stack ${names.apiStack} is not deployed, or has no output ${apiUrlOutput}; "odoopbx deploy" first, or say --url`,
  );
}
