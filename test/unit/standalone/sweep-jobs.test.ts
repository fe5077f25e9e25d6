import { expect, test } from 'vitest';
import type { Job } from '#core/contracts/job.ts';
import { silentLogger } from '#core/ports/logger.ts';
import { openStore } from '#standalone/store/store.ts';
import { sweepJobs } from '#standalone/sweep-jobs.ts';
import { manualClock } from '#test/support/manual-clock.ts';

const start = 1_790_000_000_000;

async function withJob() {
  const clock = manualClock(start);
  const store = openStore(':memory:', clock);
  const job: Job = {
    v: 1,
    id: 'job-00000001',
    fun: 'test.ping',
    args: [],
    kwargs: {},
    timeoutMs: 1000,
    createdAt: start / 1000,
    expiresAt: start / 1000 + 60,
  };
  const { id, fun, createdAt, expiresAt } = job;
  await store.jobs.create(
    { id, fun, createdAt, expiresAt, pbx: 'home_pbx', asList: true, callback: null, deliveredStatus: null },
    'key-1',
  );
  await store.queue.send('home_pbx', job);
  const sweep = () => sweepJobs(store, clock, silentLogger);
  const results = () => store.inbox.take('delivery', 10).map((message) => message.event.detail);
  return { clock, store, sweep, results };
}

test('a job that nobody took expires once, and can not be taken any more', async () => {
  const { clock, store, sweep, results } = await withJob();
  clock.advance(60_000);
  expect(sweep()).toBe(0);
  clock.advance(6000);
  expect(sweep()).toBe(1);
  expect(sweep()).toBe(0);
  expect(results()).toMatchObject([{ jobId: 'job-00000001', status: 'expired', pbx: 'home_pbx' }]);
  expect(await store.queue.sourceOf('home_pbx').receive({ max: 1, waitMs: 0 })).toEqual([]);
});

test('a job that was taken is the agent’s to answer, until it can not be running any more', async () => {
  const { clock, store, sweep, results } = await withJob();
  const source = store.queue.sourceOf('home_pbx');
  const [message] = await source.receive({ max: 1, waitMs: 0 });
  await source.delete(message!.receipt);
  clock.advance(120_000);
  expect(sweep()).toBe(0);
  clock.advance(2 * 3_600_000);
  expect(sweep()).toBe(1);
  expect(results()).toMatchObject([{ status: 'interrupted' }]);
});

test('an answered job is left alone, and forgotten after a fortnight', async () => {
  const { clock, store, sweep } = await withJob();
  await store.jobs.markDelivered('home_pbx', 'job-00000001', 'done');
  clock.advance(120_000);
  expect(sweep()).toBe(0);
  expect(await store.jobs.find('home_pbx', 'job-00000001')).toBeDefined();
  clock.advance(15 * 86_400_000);
  sweep();
  expect(await store.jobs.find('home_pbx', 'job-00000001')).toBeUndefined();
});

test('with a full inbox the job stays to be swept', async () => {
  const clock = manualClock(start);
  const store = openStore(':memory:', clock, { maxInboxBytes: 5 });
  store.inbox.put([{ source: 'pbx.home_pbx', detailType: 'ami.batch.v1', detail: '{"n":1}' }]);
  const record = { id: 'job-00000001', fun: 'test.ping', pbx: 'home_pbx', asList: true, callback: null };
  const times = { createdAt: start / 1000, expiresAt: start / 1000 + 1, deliveredStatus: null };
  await store.jobs.create({ ...record, ...times });
  clock.advance(3 * 3_600_000);
  sweepJobs(store, clock, silentLogger);
  expect(store.jobs.overdue(clock.now() / 1000)).toHaveLength(1);
});
