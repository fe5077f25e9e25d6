import { expect, test } from 'vitest';
import type { JobResult } from '#core/contracts/job-result.ts';
import type { Json } from '#core/contracts/job.ts';
import { asListOf, callbackValue, errorReply } from '#core/jobs/ami-result.ts';

const result = (status: JobResult['status'], value: Json, message?: string): JobResult => ({
  v: 1,
  pbx: 'acme_hq',
  jobId: 'job-00000001',
  status,
  result: value,
  ...(message === undefined ? {} : { error: { code: 'JOB_FAILED', message } }),
  startedAt: null,
  finishedAt: 1,
});
const success = { Response: 'Success', Message: 'Originate successfully queued' };

test('the callback of an AMI action gets the list, or the bare dict when asked and there is one', () => {
  const one = result('done', [success]);
  expect(callbackValue('asterisk.manager_action', true, one)).toEqual([success]);
  expect(callbackValue('asterisk.manager_action', false, one)).toEqual(success);
  const two = result('done', [success, { Event: 'Complete' }]);
  expect(callbackValue('asterisk.manager_action', false, two)).toEqual([success, { Event: 'Complete' }]);
});

test('a job that did not get done answers in the shape that handlers read', () => {
  const failed = result('failed', null, 'no such thing');
  expect(callbackValue('asterisk.manager_action', true, failed)).toEqual(errorReply('no such thing'));
  expect(callbackValue('asterisk.manager_action', false, failed)).toEqual(errorReply('no such thing')[0]);
  expect(callbackValue('recording.get_file', true, failed)).toEqual({
    error: { code: 'JOB_FAILED', message: 'no such thing' },
  });
});

test.each(['failed', 'expired', 'refused', 'interrupted'] as const)(
  '%s without an error still says why',
  (status) => {
    const [reply] = callbackValue('asterisk.command', true, result(status, null)) as { Message: string }[];
    expect(reply?.Message.length).toBeGreaterThan(10);
    expect(callbackValue('test.ping', true, result(status, null))).toMatchObject({
      error: { code: `JOB_${status.toUpperCase()}` },
    });
  },
);

test('as_list is on unless it says no', () => {
  expect([
    asListOf({}),
    asListOf({ as_list: true }),
    asListOf({ as_list: null }),
    asListOf({ as_list: false }),
  ]).toEqual([true, true, true, false]);
});
