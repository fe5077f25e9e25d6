import type { JobRecord, JobStore } from '#core/ports/job-store.ts';

export function createMemoryJobStore(): JobStore {
  const records = new Map<string, JobRecord>();
  const idempotent = new Map<string, string>();
  const find = (pbx: string, id: string): JobRecord | undefined => {
    const record = records.get(id);
    return record?.pbx === pbx ? record : undefined;
  };
  return {
    async create(record, idempotencyKey) {
      const key = idempotencyKey === undefined ? undefined : `${record.pbx} ${idempotencyKey}`;
      const known = key === undefined ? undefined : idempotent.get(key);
      if (known !== undefined) return { created: false, id: known };
      if (key !== undefined) idempotent.set(key, record.id);
      records.set(record.id, structuredClone(record));
      return { created: true, id: record.id };
    },
    async find(pbx, id) {
      const record = find(pbx, id);
      return record === undefined ? undefined : structuredClone(record);
    },
    async markDelivered(pbx, id, status) {
      const record = find(pbx, id);
      // The first status stays: a result that comes again is a duplicate, whatever it says.
      if (record !== undefined && record.deliveredStatus === null) record.deliveredStatus = status;
    },
  };
}
