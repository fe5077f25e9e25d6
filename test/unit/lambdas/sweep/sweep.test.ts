import { expect, it } from 'vitest';
import { sweep, type SweepDeps } from '#lambdas/sweep/sweep.ts';
import { jobRecord } from '#test/contract/job-store.ts';
import { FakeBus } from '#test/support/fake-bus.ts';
import { recordingLogger } from '#test/support/recording-logger.ts';

const now = 1_790_000_200;
const seen = {
  pbx: [
    { pbx: 'acme_hq', lastSeen: now - 10 },
    { pbx: 'acme_lab', lastSeen: now - 10 },
  ],
  revoked: [{ pbx: 'acme_gone', lastSeen: now - 10 }],
};

function deps(changes: Partial<SweepDeps> = {}) {
  const done: string[] = [];
  const bus = new FakeBus();
  const all: SweepDeps = {
    jobs: {
      async *overdue() {
        for (const pbx of ['acme_hq', 'acme_gone', 'acme_never']) {
          yield [jobRecord('job-00000001', { pbx, createdAt: now - 150, expiresAt: now - 90 })];
        }
      },
      markSwept: async (pbx) => void done.push(`swept ${pbx}`),
    },
    bus,
    async *listLastSeen({ revoked }) {
      for (const one of revoked ? seen.revoked : seen.pbx) yield [one];
    },
    watchSilence: (known, at) => void done.push(`watched ${known.size} at ${at}`),
    publish: () => void done.push('published'),
    logger: recordingLogger(),
    now: () => now * 1000,
    hasTime: () => true,
    ...changes,
  };
  return { all, done, bus };
}

it('tells the silence of all PBXs, then closes jobs by when their PBX was last heard of, revoked ones too', async () => {
  const { all, done } = deps();
  await sweep(all);
  expect(done).toEqual([`watched 2 at ${now}`, 'published', 'swept acme_never']);
});

it('tells the silence also when the bus can not be reached', async () => {
  const bus = new FakeBus();
  bus.down = true;
  const { all, done } = deps({ bus });
  await expect(sweep(all)).rejects.toMatchObject({ code: 'BUS_UNREACHABLE' });
  expect(done).toContain('published');
});

it('publishes no count of a part of the PBXs', async () => {
  let checks = 1;
  const { all, done } = deps({ hasTime: () => (checks -= 1) >= 0 });
  await expect(sweep(all)).rejects.toThrow('before all PBXs were read');
  expect(done).toEqual([]);
});
