import { describe, expect, it } from 'vitest';
import { jobResultSchema } from '#core/contracts/job-result.ts';
import type { PbxId } from '#core/contracts/names.ts';
import type { JobRecord } from '#core/ports/job-store.ts';
import { closeJobs, endingOf } from '#lambdas/sweep/close-jobs.ts';
import { jobRecord } from '#test/contract/job-store.ts';
import { FakeBus } from '#test/support/fake-bus.ts';
import { recordingLogger } from '#test/support/recording-logger.ts';

const created = 1_790_000_000;
const expires = created + 60;
const hour = 3600;

describe('how a job without an answer ends', () => {
  const job = { fun: 'test.ping', createdAt: created, expiresAt: expires };

  it.each([
    ['the agent was never heard of', undefined, expires + 31, 'expired'],
    ['the agent had fallen silent before', created - 91, expires + 31, 'expired'],
    // Its next status was not due yet: it may have taken the job and died of it.
    ['the agent spoke shortly before', created - 60, expires + 31, undefined],
    ['the agent spoke shortly before, long ago', created - 60, expires + 2 * hour, 'interrupted'],
    ['the agent is there and may be at work', created + 50, expires + hour, undefined],
    [
      'the agent was there and can not be at work any more',
      created + 50,
      expires + hour + 301,
      'interrupted',
    ],
  ] as const)('%s', (_, lastSeen, now, ending) => {
    expect(endingOf(job, lastSeen, now)).toBe(ending);
  });
});

function underTest(records: readonly JobRecord[], seen: Record<PbxId, number> = {}) {
  const open = new Map(records.map((record) => [record.id, record]));
  const bus = new FakeBus();
  const logger = recordingLogger();
  const asked: number[] = [];
  const state = { now: expires + 31, checks: Infinity };
  const jobs = {
    async *overdue(before: number) {
      asked.push(before);
      const due = [...open.values()].filter(({ expiresAt }) => expiresAt < before);
      for (let from = 0; from < due.length; from += 15) yield due.slice(from, from + 15);
    },
    markSwept: async (_pbx: PbxId, id: string) => void open.delete(id),
  };
  const round = () =>
    closeJobs({
      jobs,
      bus,
      lastSeen: (pbx) => seen[pbx],
      logger,
      now: () => state.now * 1000,
      hasTime: () => (state.checks -= 1) >= 0,
    });
  return { open, bus, logger, asked, state, round };
}

const job = (place: number, changes: Partial<JobRecord> = {}) =>
  jobRecord(`job-${String(place).padStart(8, '0')}`, { createdAt: created, expiresAt: expires, ...changes });

it('answers by the bus, as the PBX would have, and once', async () => {
  const { open, bus, round } = underTest([job(1), job(2, { pbx: 'other_hq' })]);
  expect(await round()).toBe(2);
  expect(await round()).toBe(0);
  expect(open.size).toBe(0);
  expect(bus.accepted.map(({ source, detailType }) => ({ source, detailType }))).toEqual([
    { source: 'pbx.acme_hq', detailType: 'job.result.v1' },
    { source: 'pbx.other_hq', detailType: 'job.result.v1' },
  ]);
  const result = jobResultSchema.parse(JSON.parse(bus.accepted[0]!.detail));
  expect(result).toMatchObject({ pbx: 'acme_hq', jobId: 'job-00000001', status: 'expired', result: null });
  expect(result.error?.code).toBe('JOB_EXPIRED');
});

it('gives the agent time to answer by itself', async () => {
  const { asked, round, state } = underTest([job(1)]);
  state.now = expires + 30;
  expect(await round()).toBe(0);
  expect(asked).toEqual([expires]);
});

it('leaves the jobs of an agent that is there, and says later that they were interrupted', async () => {
  const { bus, open, round, state } = underTest([job(1)], { acme_hq: created + 1000 });
  expect(await round()).toBe(0);
  expect(open.size).toBe(1);
  state.now = expires + 2 * hour;
  expect(await round()).toBe(1);
  expect(JSON.parse(bus.accepted[0]!.detail)).toMatchObject({ status: 'interrupted' });
});

it('pages through everything, ten to a request', async () => {
  const { bus, open, round } = underTest(Array.from({ length: 37 }, (_, place) => job(place)));
  expect(await round()).toBe(37);
  expect(open.size).toBe(0);
  expect(bus.requests.map((entries) => entries.length)).toEqual([10, 5, 10, 5, 7]);
});

it('stops when the time is nearly up, and goes on in the next round', async () => {
  const { bus, logger, round, state, open } = underTest(Array.from({ length: 37 }, (_, place) => job(place)));
  state.checks = 1;
  expect(await round()).toBe(10);
  expect(bus.requests).toHaveLength(1);
  expect(logger.at('warn')).toMatchObject([{ closed: 10 }]);
  state.checks = Infinity;
  await round();
  expect(open.size).toBe(0);
});

it('closes what the bus took, and tries the rest again', async () => {
  const { bus, open, round } = underTest([job(1), job(2), job(3)]);
  bus.next({ kind: 'fail', places: [1], retryable: true });
  expect(await round()).toBe(2);
  expect([...open.keys()]).toEqual(['job-00000002']);
  expect(await round()).toBe(1);
});

it('closes nothing while the bus can not be reached', async () => {
  const { bus, open, round } = underTest([job(1)]);
  bus.down = true;
  await expect(round()).rejects.toMatchObject({ code: 'BUS_UNREACHABLE' });
  expect(open.size).toBe(1);
});
