import { expect, it } from 'vitest';
import { jobResultSchema } from '#core/contracts/job-result.ts';
import { isAnswerOverdue, unansweredResult } from '#core/jobs/unanswered-job.ts';
import { errorCodes } from '#core/errors/error-codes.ts';

const job = { id: 'job-00000001', pbx: 'acme_hq', fun: 'test.ping', expiresAt: 1000 };

it('gives an agent that took a job the longest time that a job may have', () => {
  expect(isAnswerOverdue(job, 1000 + 3600)).toBe(false);
  expect(isAnswerOverdue(job, 1000 + 3901)).toBe(true);
});

it('gives one that may have to upload a file another day', () => {
  const fetching = { ...job, fun: 'recording.get_file' };
  expect(isAnswerOverdue(fetching, 1000 + 3900 + 86_400)).toBe(false);
  expect(isAnswerOverdue(fetching, 1000 + 3901 + 86_400)).toBe(true);
});

it.each(['expired', 'interrupted'] as const)('answers %s as an agent would', (ending) => {
  const result = jobResultSchema.parse(unansweredResult(job, ending, 2000));
  expect(result).toMatchObject({ status: ending, pbx: 'acme_hq', jobId: 'job-00000001', finishedAt: 2000 });
  expect(errorCodes).toContain(result.error?.code);
});
