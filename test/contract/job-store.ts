import { describe, expect, it } from 'vitest';
import type { JobRecord, JobStore } from '#core/ports/job-store.ts';

type Make = () => JobStore | Promise<JobStore>;

/** What every JobStore keeps to. `make` gives a fresh, empty store that knows the PBXs acme_hq and acme_lab. */
export function describeJobStore(name: string, make: Make): void {
  describe(`JobStore: ${name}`, () => {
    it('finds a job as it was created', async () => {
      const store = await make();
      const record = jobRecord('job-00000001');
      expect(await store.create(record)).toEqual({ created: true, id: 'job-00000001' });
      expect(await store.find('acme_hq', 'job-00000001')).toEqual(record);
    });

    it('keeps a record without a callback', async () => {
      const store = await make();
      const record = jobRecord('job-00000001', { callback: null, asList: false });
      await store.create(record);
      expect(await store.find('acme_hq', 'job-00000001')).toEqual(record);
    });

    it('does not know a job of another PBX', async () => {
      const store = await make();
      await store.create(jobRecord('job-00000001'));
      expect(await store.find('acme_lab', 'job-00000001')).toBeUndefined();
      expect(await store.find('acme_hq', 'job-00000002')).toBeUndefined();
    });

    it('returns the first job for an idempotency key that was used before', async () => {
      const store = await make();
      await store.create(jobRecord('job-00000001'), 'key-1');
      expect(await store.create(jobRecord('job-00000002'), 'key-1')).toEqual({
        created: false,
        id: 'job-00000001',
      });
      expect(await store.find('acme_hq', 'job-00000002')).toBeUndefined();
    });

    it('keeps idempotency keys apart by PBX', async () => {
      const store = await make();
      await store.create(jobRecord('job-00000001'), 'key-1');
      const other = jobRecord('job-00000002', { pbx: 'acme_lab' });
      expect(await store.create(other, 'key-1')).toEqual({ created: true, id: 'job-00000002' });
    });

    it('creates a job once when the same key comes twice at the same time', async () => {
      const store = await make();
      const answers = await Promise.all([
        store.create(jobRecord('job-00000001'), 'key-1'),
        store.create(jobRecord('job-00000002'), 'key-1'),
      ]);
      expect(answers.filter((answer) => answer.created)).toHaveLength(1);
      expect(new Set(answers.map((answer) => answer.id)).size).toBe(1);
    });

    it('remembers the status that was delivered first', async () => {
      const store = await make();
      await store.create(jobRecord('job-00000001'));
      await store.markDelivered('acme_hq', 'job-00000001', 'expired');
      await store.markDelivered('acme_hq', 'job-00000001', 'done');
      expect((await store.find('acme_hq', 'job-00000001'))?.deliveredStatus).toBe('expired');
    });

    it('lets no other PBX mark a job', async () => {
      const store = await make();
      await store.create(jobRecord('job-00000001'));
      await store.markDelivered('acme_lab', 'job-00000001', 'done');
      expect((await store.find('acme_hq', 'job-00000001'))?.deliveredStatus).toBeNull();
    });
  });
}

export function jobRecord(id: string, changes: Partial<JobRecord> = {}): JobRecord {
  return {
    id,
    pbx: 'acme_hq',
    fun: 'asterisk.manager_action',
    asList: true,
    callback: {
      style: 'keyword',
      res_model: 'asterisk_plus.call',
      res_method: 'originate_call_response',
      pass_back: { call: 7, tags: ['ü', null, 1.5] },
      res_notify_uid: 2,
      res_notify_title: 'PBX',
    },
    createdAt: 1_790_000_000.25,
    expiresAt: 1_790_000_060,
    deliveredStatus: null,
    ...changes,
  };
}
