import type { PbxId } from '#core/contracts/names.ts';
import type { Cloud } from './cloud/cloud.ts';

/**
 * Takes a PBX its identity; returns the ids of the certificates that were deactivated and detached. The enrolment
 * code first: else a thief could enrol anew in between.
 */
export async function cutOff(cloud: Cloud, pbx: PbxId): Promise<string[]> {
  await cloud.enrollmentCodes.revoke(pbx);
  const certificates = await cloud.identities.cutOff(pbx);
  await cloud.pbxRows.markRevoked(pbx);
  return certificates;
}

/** The same, and forgets its door keys, its pinned database and its status. */
export async function forget(cloud: Cloud, pbx: PbxId): Promise<string[]> {
  const certificates = await cutOff(cloud, pbx);
  await cloud.pbxKeys.removePbx(pbx);
  return certificates;
}
