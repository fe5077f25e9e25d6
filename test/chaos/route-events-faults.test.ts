import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { AmiBatch } from '#core/contracts/ami-batch.ts';
import { jobRecord } from '#test/contract/job-store.ts';
import {
  busEvent,
  keepJob,
  startRoutedTenants,
  type RoutedTenants,
} from '#test/support/lambda/routed-tenants.ts';
import { SeededRandom } from '#test/fuzz/seeded-random.ts';
import { epoch } from '#test/support/route-fixtures.ts';

/*
 * route-events' real handler against what SQS and Odoo do to it. Every event has its effect exactly once, or is in the
 * DLQ; nothing is in both, nothing in neither.
 */

let cloud: RoutedTenants;
beforeEach(async () => {
  cloud = await startRoutedTenants();
  // The function's metrics and log.
  for (const stream of [process.stdout, process.stderr]) vi.spyOn(stream, 'write').mockReturnValue(true);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await cloud.stop();
});

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at);
const effect = (seq: number, pbx = 'acme_hq') => `${pbx}/${epoch}/${seq}/7`;
const seqsOf = (parked: { body: { detail: unknown } }[]) =>
  parked.flatMap(({ body }) => (body.detail as AmiBatch).events.map(({ seq }) => seq));

test('what is delivered twice has its effect once', async () => {
  const acme = await cloud.tenant('acme');
  for (const seq of range(1, 25)) acme.inbox.send(acme.batch([seq]), 'acme');
  // Lambda loses the answer to the first ten, and the bus sends five entries again.
  acme.poller.loseNextAnswer = true;
  for (const seq of range(3, 7)) acme.inbox.send(acme.batch([seq]), 'acme');
  await acme.drain();
  expect(acme.inbox.size).toBe(0);
  expect(acme.odoo.effects).toEqual(range(1, 25).map((seq) => effect(seq)));
  expect(acme.poller.invocations[0]).toEqual(acme.poller.invocations[1]);
  expect(acme.odoo.batches.flatMap(({ events }) => events)).toHaveLength(40);
});

test('what comes in another order is put in order within a batch, and nothing is lost over batches', async () => {
  const acme = await cloud.tenant('acme');
  const random = new SeededRandom(7);
  const shuffled = range(1, 60).map((seq) => ({ seq, at: random.fraction() }));
  for (const { seq } of shuffled.toSorted((a, b) => a.at - b.at)) acme.inbox.send(acme.batch([seq]), 'acme');
  await acme.drain();
  expect(acme.odoo.effects.toSorted()).toEqual(
    range(1, 60)
      .map((seq) => effect(seq))
      .toSorted(),
  );
  for (const { events } of acme.odoo.batches) {
    const seqs = events.map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
  }
});

test("one tenant's dead Odoo delays nobody else, and its events wait in order", async () => {
  const acme = await cloud.tenant('acme');
  const beta = await cloud.tenant('beta');
  acme.odoo.isDown = true;
  for (const seq of range(1, 30)) {
    acme.inbox.send(acme.batch([seq]), 'acme');
    beta.inbox.send(beta.batch([seq]), 'beta');
  }
  // In no time at all: beta's inbox and function share nothing with acme's.
  await acme.drain(0);
  await beta.drain(0);
  expect(beta.inbox.size).toBe(0);
  expect(beta.odoo.effects).toEqual(range(1, 30).map((seq) => effect(seq, 'beta_hq')));
  expect(beta.odoo.requests.some(({ body }) => JSON.stringify(body).includes('acme'))).toBe(false);

  await acme.drain(3600);
  expect(acme.odoo.effects).toEqual([]);
  expect(acme.inbox.size).toBe(30);
  // An hour is about ten tries, one request each: the pause has grown to a quarter of an hour.
  expect(acme.poller.invocations.length).toBeLessThan(16);
  expect(acme.odoo.requests.length).toBeLessThanOrEqual(acme.poller.invocations.length);

  acme.odoo.isDown = false;
  await acme.drain();
  expect(acme.odoo.effects).toEqual(range(1, 30).map((seq) => effect(seq)));
  expect(await acme.parked()).toEqual([]);
});

test('a poisoned event is found and parked with its error; everything around it is delivered', async () => {
  const acme = await cloud.tenant('acme');
  acme.odoo.poison.add(13).add(27);
  for (const first of [1, 11, 21]) acme.inbox.send(acme.batch(range(first, first + 9)), 'acme');
  await acme.drain();
  expect(acme.inbox.size).toBe(0);
  const good = range(1, 30).filter((seq) => seq !== 13 && seq !== 27);
  expect(acme.odoo.effects).toEqual(good.map((seq) => effect(seq)));
  const parked = await acme.parked();
  expect(seqsOf(parked)).toEqual([13, 27]);
  expect(parked[0]).toMatchObject({
    code: 'ODOO_METHOD_RAISED',
    reason: expect.stringContaining('this can not be stored'),
    body: { source: 'pbx.acme_hq' },
  });

  // Redriven once Odoo can take it: the parked body is a message of the inbox.
  acme.odoo.poison.clear();
  for (const { body } of parked) acme.inbox.send(JSON.stringify(body), 'acme');
  await acme.drain();
  expect(acme.odoo.effects.slice(-2)).toEqual([effect(13), effect(27)]);
});

test('what is no message of ours is parked, and holds nothing up', async () => {
  const acme = await cloud.tenant('acme');
  acme.inbox.send('no JSON at all', 'acme');
  acme.inbox.send(busEvent('beta_hq', 'ami.batch.v1', {}), 'acme');
  acme.inbox.send(acme.batch([1]), 'acme');
  await acme.drain(0);
  expect(acme.inbox.size).toBe(0);
  expect(acme.odoo.effects).toEqual([effect(1)]);
  expect((await acme.parked()).map(({ code }) => code).toSorted()).toEqual([
    'MESSAGE_INVALID',
    'MESSAGE_SOURCE_MISMATCH',
  ]);
});

test('while SQS throttles, messages come again later than wanted, in their order', async () => {
  const acme = await cloud.tenant('acme');
  acme.odoo.isDown = true;
  for (const seq of range(1, 12)) acme.inbox.send(acme.batch([seq]), 'acme');
  // However often it is tried.
  cloud.throttled = Infinity;
  await acme.drain(0);
  cloud.throttled = 0;
  acme.odoo.isDown = false;
  await acme.drain(225);
  expect(acme.odoo.effects).toEqual([]);
  await acme.drain(10);
  expect(acme.odoo.effects).toEqual(range(1, 12).map((seq) => effect(seq)));
});

test('a PBX whose own login is refused keeps nobody waiting for long; what it sent is in the DLQ', async () => {
  const acme = await cloud.tenant('acme', { shop: 'pbx-shop' });
  acme.odoo.refused.add('/test/acme/shop/odoo');
  // More than a batch of it stands before the others.
  for (const seq of range(1, 12)) acme.inbox.send(acme.batch([seq], 'acme_shop'), 'acme');
  for (const seq of range(1, 12)) acme.inbox.send(acme.batch([seq]), 'acme');
  await acme.drain(180);
  expect(acme.inbox.size).toBe(0);
  expect(acme.odoo.effects).toEqual(range(1, 12).map((seq) => effect(seq)));
  const parked = await acme.parked();
  expect(seqsOf(parked)).toEqual(range(1, 12));
  expect(new Set(parked.map(({ code }) => code))).toEqual(new Set(['ODOO_AUTHENTICATION']));

  acme.odoo.refused.clear();
  for (const { body } of parked) acme.inbox.send(JSON.stringify(body), 'acme');
  await acme.drain(0);
  expect(acme.odoo.effects.slice(12)).toEqual(range(1, 12).map((seq) => effect(seq, 'acme_shop')));
});

test("the tenant's own login that is refused parks nothing", async () => {
  const acme = await cloud.tenant('acme');
  acme.odoo.refused.add('/test/acme/odoo');
  acme.inbox.send(acme.batch([1]), 'acme');
  await acme.drain(3600);
  expect(await acme.parked()).toEqual([]);
  acme.odoo.refused.clear();
  await acme.drain();
  expect(acme.odoo.effects).toEqual([effect(1)]);
});

test('a result reaches Odoo once, whatever happens to the answers', async () => {
  const acme = await cloud.tenant('acme');
  keepJob(cloud.tables, jobRecord('job-00000001'));
  const result = {
    v: 1, pbx: 'acme_hq', jobId: 'job-00000001', status: 'done',
    result: [{ Response: 'Success' }], startedAt: 1_790_000_000, finishedAt: 1_790_000_001,
  }; // prettier-ignore
  acme.inbox.send(busEvent('acme_hq', 'job.result.v1', result), 'acme');
  acme.poller.loseNextAnswer = true;
  await acme.drain();
  // Claimed by a PBX that it did not go to.
  acme.inbox.send(busEvent('acme_lab', 'job.result.v1', { ...result, pbx: 'acme_lab' }), 'acme');
  await acme.drain();
  expect(acme.odoo.effects).toEqual(['acme_hq/job/0/job-00000001']);
  expect(acme.odoo.batches).toHaveLength(1);
  expect(acme.inbox.size).toBe(0);
});
