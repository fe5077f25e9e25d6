import { expect, test } from 'vitest';
import type { GatewayBatch } from '#core/contracts/gateway.ts';
import { JobTrail } from '#standalone/page-server/job-trail.ts';

const jobId = 'job-00000001';

function published(result: unknown, status = 'done') {
  const detail = { v: 1, pbx: 'home_pbx', jobId, status, result, startedAt: 1, finishedAt: 2 };
  return { source: 'pbx.home_pbx', detailType: 'job.result.v1' as const, detail: JSON.stringify(detail) };
}

test('a job is sent, answered and called back, with the time that each took', () => {
  const trail = new JobTrail();
  trail.submitted(jobId, 'asterisk.manager_action', 1000);
  trail.describe(jobId, '1001 → 1002');
  trail.published(published([{ Response: 'Success', Message: 'Originate successfully queued' }]), 3500);
  const callback = { style: 'positional' as const, res_model: 'm', res_method: 'f' };
  const result = { jobId, fun: 'asterisk.manager_action', status: 'done' as const, result: null, callback };
  const batch: GatewayBatch = { v: 1, pbx: 'home_pbx', events: [], results: [result] };
  trail.gateway(batch, { v: 1, done: 1, duplicate: 0, skipped: [], failed: [] }, 3600);
  expect(trail.flush()).toEqual([
    {
      id: jobId,
      fun: 'asterisk.manager_action',
      about: '1001 → 1002',
      at: 1000,
      answeredAfter: 2500,
      status: 'done',
      good: true,
      answer: 'Success · Originate successfully queued',
      calledBackAfter: 2600,
      callbackError: '',
    },
  ]);
  expect(trail.flush()).toBeUndefined();
});

test('an error of Asterisk is no success, and a job of another page is left alone', () => {
  const trail = new JobTrail();
  trail.published(published([{ Response: 'Error', Message: 'x' }]), 1);
  expect(trail.list()).toEqual([]);
  trail.submitted(jobId, 'asterisk.manager_action', 1000);
  trail.published(published([{ Response: 'Error', Message: 'Originate failed: busy' }]), 1500);
  expect(trail.list()).toMatchObject([{ good: false, answer: 'Originate failed: busy' }]);
});
