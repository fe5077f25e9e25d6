import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { OdooFault } from '#odoo/faults.ts';
import type { FakeOdoo } from '#test/support/fake-odoo-target.ts';
import { batchMessage, epoch, resultMessage, routeBench } from '#test/support/route-fixtures.ts';
import { jobRecord } from '#test/contract/job-store.ts';

const raised = new OdooFault('ODOO_METHOD_RAISED', 'process_batch raised ValueError', {
  retryable: false,
  traceback: 'Traceback: here',
});
const timeOut = new OdoopbxError('ODOO_TIMEOUT', 'no answer in 60 s', { retryable: true });

/** Every call that holds one of these seqs fails. */
function poison(odoo: FakeOdoo, seqs: readonly number[], error: OdoopbxError): void {
  odoo.failOn = (batch) =>
    'events' in batch && batch.events.some(({ seq }) => seqs.includes(seq)) ? error : undefined;
}

/** How often a single event that always times out is sent. */
async function timesTried(receiveCount: number): Promise<number> {
  const { route, odoo } = routeBench();
  poison(odoo, [2], timeOut);
  await route([batchMessage([1, 2, 3], { receiveCount })]);
  return odoo.batches.filter(({ events }) => events.length === 1 && events[0]?.seq === 2).length;
}

describe('delivery through the gateway', () => {
  it('finds the poison, tries it three times, parks it alone and delivers the rest in order', async () => {
    const { route, odoo, counts } = routeBench();
    poison(odoo, [6], raised);
    const outcomes = await route([batchMessage([1, 2, 3]), batchMessage([4, 5, 6, 7, 8])]);
    expect(outcomes[0]).toMatchObject({ outcome: 'done' });
    expect(outcomes[1]).toMatchObject({
      outcome: 'parked',
      parked: [
        {
          detailType: 'ami.batch.v1',
          source: 'pbx.acme_hq',
          code: 'ODOO_METHOD_RAISED',
          traceback: 'Traceback: here',
          detail: { pbx: 'acme_hq', epoch, firstSeq: 6, lastSeq: 6, events: [{ seq: 6 }] },
        },
      ],
    });
    expect(odoo.effects).toEqual([1, 2, 3, 4, 5, 7, 8].map((seq) => `${epoch}/${seq}/7`));
    expect(odoo.batches.filter(({ events }) => events.length === 1 && events[0]?.seq === 6)).toHaveLength(3);
    expect(counts.get('event.parked')).toBe(1);
  });

  it('loses nothing and repeats nothing, wherever the poison is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 4 }),
        async (size, bad) => {
          const { route, odoo } = routeBench();
          poison(odoo, bad, raised);
          const seqs = Array.from({ length: size }, (_, index) => index + 1);
          const [outcome] = await route([batchMessage(seqs)]);
          const parked = outcome?.outcome === 'parked' ? outcome.parked : [];
          const parkedSeqs = parked.map(({ detail }) => (detail as { firstSeq: number }).firstSeq);
          expect(parkedSeqs).toEqual(seqs.filter((seq) => bad.includes(seq)));
          expect(odoo.effects).toEqual(
            seqs.filter((seq) => !bad.includes(seq)).map((seq) => `${epoch}/${seq}/7`),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it('parks nothing when an empty batch fails as well: it is Odoo, not the event', async () => {
    const { route, odoo } = routeBench();
    const denied = new OdoopbxError('ODOO_ACCESS_DENIED', 'not in the group');
    odoo.gateway.isPresent = () => Promise.resolve(true);
    odoo.down = denied;
    odoo.rules.page = () => Promise.reject(denied);
    expect(await route([batchMessage([1])])).toMatchObject([{ outcome: 'retry' }]);
    const other = routeBench();
    await other.route([batchMessage([1])]);
    other.odoo.gateway.isPresent = () => Promise.resolve(true);
    other.odoo.down = denied;
    expect(await other.route([batchMessage([2])])).toMatchObject([
      { outcome: 'retry', code: 'ODOO_ACCESS_DENIED' },
    ]);
  });

  it('has patience with what may be an outage, then suspects the message', async () => {
    const { route, odoo } = routeBench();
    poison(odoo, [2], timeOut);
    expect(await route([batchMessage([1, 2, 3], { receiveCount: 5 })])).toMatchObject([
      { outcome: 'retry', code: 'ODOO_TIMEOUT' },
    ]);
    expect(odoo.batches).toHaveLength(1);
    expect(await route([batchMessage([1, 2, 3], { receiveCount: 6 })])).toMatchObject([
      { outcome: 'parked', parked: [{ code: 'ODOO_TIMEOUT', detail: { firstSeq: 2 } }] },
    ]);
    expect(odoo.effects).toEqual([`${epoch}/1/7`, `${epoch}/3/7`]);
  });

  it('needs fewer time-outs the more often the message came, as each costs a minute', async () => {
    expect([await timesTried(6), await timesTried(7), await timesTried(8), await timesTried(30)]).toEqual([
      3, 2, 1, 1,
    ]);
  });

  it('remembers failures when the time is up in the middle of the search', async () => {
    const { route, odoo } = routeBench();
    const message = batchMessage([1]);
    poison(odoo, [1], raised);
    // Enough for two calls, and for the probe after the first: one failure is certain.
    const remaining = () => (odoo.batches.length < 2 ? 100_000 : 0);
    const [first] = await route([message], remaining);
    expect(first).toMatchObject({ outcome: 'retry', code: 'ROUTE_OUT_OF_TIME', afterSeconds: 0 });
    expect(odoo.batches).toHaveLength(2);
    expect(await route([message])).toMatchObject([{ outcome: 'parked' }]);
    expect(odoo.batches).toHaveLength(4);
  });

  it('keeps a suspected message away from the others', async () => {
    const { route, odoo } = routeBench();
    await route([batchMessage([1]), batchMessage([2], { receiveCount: 6 }), batchMessage([3])]);
    expect(odoo.batches.map(({ events }) => events.map(({ seq }) => seq))).toEqual([[1], [2], [3]]);
  });

  it('parks a result that Odoo can not take as the message that it was', async () => {
    const { route, odoo, deps } = routeBench();
    await deps.jobs.create(jobRecord('job-00000001'));
    odoo.failOn = (batch) => ('results' in batch && batch.results.length > 0 ? raised : undefined);
    const message = resultMessage('job-00000001');
    const [event, result] = await route([batchMessage([1]), message]);
    expect(event).toMatchObject({ outcome: 'done' });
    expect(result).toMatchObject({
      outcome: 'parked',
      parked: [{ detailType: 'job.result.v1', detail: message.event.detail }],
    });
    expect((await deps.jobs.find('acme_hq', 'job-00000001'))?.deliveredStatus).toBeNull();
  });

  it('goes on event by event when the addon disappears', async () => {
    const { route, odoo } = routeBench();
    odoo.gateway.isPresent = () => Promise.resolve(true);
    odoo.hasGateway = false;
    expect(await route([batchMessage([1, 2])])).toMatchObject([{ outcome: 'done' }]);
    expect(odoo.calls.map(({ method }) => method)).toEqual(['create_cdr', 'create_cdr']);
  });

  it('honours Retry-After', async () => {
    const { route, odoo } = routeBench();
    odoo.failOn = () => new OdooFault('ODOO_BUSY', 'HTTP 429', { retryable: true, retryAfterSeconds: 77 });
    expect(await route([batchMessage([1])])).toMatchObject([{ outcome: 'retry', afterSeconds: 77 }]);
  });
});
