import { createHash, timingSafeEqual } from 'node:crypto';
import type { PbxId } from '#core/contracts/names.ts';
import type { PbxDirectory, PbxRecord } from '#core/ports/pbx-directory.ts';
import { DoorRefusal } from './door-answer.ts';

/** Seconds after which a PBX that was not heard of counts as offline; its status comes every 60 s. */
const offlineAfterSeconds = 180;
const maxKeyLength = 256;
const instancePattern = /^[\x21-\x7e]{1,128}$/;

/** The PBX whose door this key opens. Only the key's hash is looked up, so nothing is learned from the time. */
export async function pbxOfKey(key: string | undefined, directory: PbxDirectory): Promise<PbxRecord> {
  if (key === undefined || key === '') throw new DoorRefusal(401, 'The header x-api-key is missing.');
  const hash = createHash('sha256')
    .update(key.slice(0, maxKeyLength + 1))
    .digest('hex');
  const pbx = key.length > maxKeyLength ? undefined : await directory.findByKeyHash(hash);
  if (pbx === undefined || !pbx.keyHashes.some((known) => sameHash(known, hash))) {
    throw new DoorRefusal(401, 'The API key is not known.');
  }
  return pbx;
}

/** A store that compares loosely (case, prefix) must not open the door. */
function sameHash(known: string, hash: string): boolean {
  const a = Buffer.from(known);
  const b = Buffer.from(hash);
  return a.length === b.length && timingSafeEqual(a, b);
}

/**
 * The first database that sends a job with `x-instance-uid` is pinned; a copy of it (staging, a restored backup)
 * has another one and must not dial real phones.
 */
export async function admitInstance(
  pbx: PbxRecord,
  instanceUid: string | undefined,
  directory: PbxDirectory,
): Promise<void> {
  if (instanceUid === undefined || instanceUid === '') {
    if (pbx.instanceUid === null) return;
    throw new DoorRefusal(
      403,
      `The header x-instance-uid is missing: PBX ${nameOf(pbx.pbx)} belongs to one Odoo database.`,
    );
  }
  if (!instancePattern.test(instanceUid))
    throw new DoorRefusal(400, 'The header x-instance-uid is malformed.');
  const pinned = pbx.instanceUid ?? (await directory.pinInstance(pbx.pbx, instanceUid));
  if (pinned !== instanceUid) {
    throw new DoorRefusal(
      403,
      `PBX ${nameOf(pbx.pbx)} belongs to another Odoo database. Is this one a copy? Then it must not dial.`,
    );
  }
}

export function refuseOffline({ pbx, lastSeen, revoked }: PbxRecord, nowSeconds: number): void {
  if (revoked === true) throw new DoorRefusal(503, `PBX ${nameOf(pbx)} was cut off by its operator.`);
  if (lastSeen === null) throw new DoorRefusal(503, `PBX ${nameOf(pbx)} offline: its agent was never seen.`);
  if (nowSeconds - lastSeen <= offlineAfterSeconds) return;
  const since = new Date(lastSeen * 1000).toISOString().replace('T', ' ').slice(0, 19);
  throw new DoorRefusal(503, `PBX ${nameOf(pbx)} offline since ${since} UTC.`);
}

function nameOf(pbx: PbxId): string {
  return pbx.slice(pbx.indexOf('_') + 1);
}
