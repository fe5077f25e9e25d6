import { describe, expect, it } from 'vitest';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { createOdooGateway } from '#odoo/gateway.ts';
import { manualClock } from '#test/support/manual-clock.ts';

const empty = { v: 1, pbx: 'acme_hq', events: [], results: [] } as const;
const fine = { v: 1, done: 0, duplicate: 0, skipped: [], failed: [] };
const notFound = new OdoopbxError('ODOO_NOT_FOUND', 'no process_batch');

function gatewayOf(answers: unknown[]) {
  const clock = manualClock();
  const calls: unknown[][] = [];
  const gateway = createOdooGateway(
    {
      async callMethod(...call: unknown[]) {
        calls.push(call.slice(0, 4));
        const answer = answers.length > 1 ? answers.shift() : answers[0];
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
    clock,
  );
  return { gateway, clock, calls };
}

describe('the gateway', () => {
  it('is found out by an empty batch, once', async () => {
    const { gateway, calls } = gatewayOf([fine]);
    expect([await gateway.isPresent('acme_hq'), await gateway.isPresent('acme_hq')]).toEqual([true, true]);
    expect(calls).toEqual([['asterisk_plus.server', 'process_batch', [], { batch: empty }]]);
  });

  it('is asked for again some time after it was missing', async () => {
    const { gateway, clock, calls } = gatewayOf([notFound, fine]);
    expect(await gateway.isPresent('acme_hq')).toBe(false);
    clock.advance(299_000);
    expect(await gateway.isPresent('acme_hq')).toBe(false);
    expect(calls).toHaveLength(1);
    clock.advance(2000);
    expect(await gateway.isPresent('acme_hq')).toBe(true);
  });

  it('is forgotten when it is gone', async () => {
    const { gateway } = gatewayOf([fine, notFound]);
    expect(await gateway.isPresent('acme_hq')).toBe(true);
    await expect(gateway.processBatch({ ...empty, events: [], results: [] })).rejects.toBe(notFound);
    expect(await gateway.isPresent('acme_hq')).toBe(false);
  });

  it('is neither there nor missing while Odoo does not say', async () => {
    const down = new OdoopbxError('ODOO_UNREACHABLE', 'down', { retryable: true });
    const { gateway } = gatewayOf([down, fine]);
    await expect(gateway.isPresent('acme_hq')).rejects.toBe(down);
    expect(await gateway.isPresent('acme_hq')).toBe(true);
  });

  it('refuses an answer that it does not understand', async () => {
    const { gateway } = gatewayOf([{ ...fine, done: 'many' }]);
    await expect(gateway.check('acme_hq')).rejects.toMatchObject({
      code: 'ODOO_BAD_ANSWER',
      message: expect.stringContaining('done'),
    });
  });
});
