import type { PbxDirectory, PbxRecord } from '#core/ports/pbx-directory.ts';

/** A directory of the given PBXs; what is not said of one is empty. */
export function createMemoryPbxDirectory(
  pbxs: readonly (Partial<PbxRecord> & { pbx: string })[],
): PbxDirectory {
  const records = new Map<string, PbxRecord>();
  for (const pbx of pbxs) {
    records.set(pbx.pbx, { keyHashes: [], instanceUid: null, lastSeen: null, status: null, ...pbx });
  }
  return {
    async findByKeyHash(sha256) {
      return copy([...records.values()].find((record) => record.keyHashes.includes(sha256)));
    },
    async find(pbx) {
      return copy(records.get(pbx));
    },
    async pinInstance(pbx, instanceUid) {
      const record = records.get(pbx);
      if (record === undefined) throw new Error(`no PBX ${pbx}`);
      record.instanceUid ??= instanceUid;
      return record.instanceUid;
    },
    async recordStatus(status) {
      const record = records.get(status.pbx);
      if (record === undefined) return null;
      const before = record.status;
      if (before === null || before.at <= status.at) {
        record.status = structuredClone(status);
        record.lastSeen = Math.max(record.lastSeen ?? 0, status.at);
      }
      return before === null ? null : structuredClone(before);
    },
  };
}

function copy(record: PbxRecord | undefined): PbxRecord | undefined {
  return record === undefined ? undefined : structuredClone(record);
}
