import { afterEach, expect, it, vi } from 'vitest';
import { silentLogger } from '#core/ports/logger.ts';
import { park } from '#lambdas/route-events/park.ts';
import { hangingAwsClient } from '#test/support/hanging-aws-client.ts';

afterEach(() => vi.restoreAllMocks());

it('does not wait for an SQS that does not answer', async () => {
  vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => AbortSignal.abort());
  const item = {
    source: 'pbx.acme_hq',
    detailType: 'ami.batch.v1',
    detail: {},
    code: 'MESSAGE_INVALID',
    message: 'no',
  };
  const parked = park('m1', [item], { client: hangingAwsClient(), url: '' }, silentLogger);
  await expect(parked).rejects.toThrow('aborted');
});
