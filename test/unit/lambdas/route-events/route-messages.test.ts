import { describe, expect, it } from 'vitest';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { batchMessage, busMessage, epoch, resultMessage, routeBench } from '#test/support/route-fixtures.ts';
import { agentStatus } from '#test/support/agent-statuses.ts';
import { jobRecord } from '#test/contract/job-store.ts';

const unreachable = new OdoopbxError('ODOO_UNREACHABLE', 'connection refused', { retryable: true });

describe('routeMessages', () => {
  it('delivers batches of one PBX in one call, in the order of their epochs and seqs', async () => {
    const { route, odoo } = routeBench();
    const older = '1780000000000-zzzzzz';
    const outcomes = await route([
      batchMessage([3, 4]),
      batchMessage([1, 2]),
      batchMessage([8, 9], { epoch: older }),
    ]);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['done', 'done', 'done']);
    expect(odoo.batches).toHaveLength(1);
    expect(odoo.effects).toEqual([
      `${older}/8/7`,
      `${older}/9/7`,
      ...[1, 2, 3, 4].map((seq) => `${epoch}/${seq}/7`),
    ]);
  });

  it('orders epochs without a start time by first appearance', async () => {
    const { route, odoo } = routeBench();
    await route([batchMessage([1], { epoch: 'zzzz-epoch' }), batchMessage([1], { epoch: 'aaaa-epoch' })]);
    expect(odoo.effects).toEqual(['zzzz-epoch/1/7', 'aaaa-epoch/1/7']);
  });

  it('keeps the batches of two PBXs in calls of their own', async () => {
    const { route, odoo } = routeBench();
    await route([batchMessage([1]), batchMessage([1], { pbx: 'acme_lab' }), batchMessage([2])]);
    expect(odoo.batches.map(({ pbx, events }) => [pbx, events.length])).toEqual([
      ['acme_hq', 2],
      ['acme_lab', 1],
    ]);
  });

  it('splits what is too much for one call', async () => {
    const { route, odoo } = routeBench();
    const seqs = Array.from({ length: 1201 }, (_, index) => index + 1);
    await route([batchMessage(seqs)]);
    expect(odoo.batches.map(({ events }) => events.length)).toEqual([500, 500, 201]);
  });

  it('parks a malformed message and delivers the others', async () => {
    const { route, odoo, counts } = routeBench();
    const broken = busMessage('ami.batch.v1', { v: 1, pbx: 'acme_hq', events: [] });
    const strange = busMessage('other.v1', {});
    const notEvenAnEvent = { id: 'x', receiveCount: 1, event: null as never };
    const outcomes = await route([broken, strange, notEvenAnEvent, batchMessage([1])]);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['parked', 'parked', 'parked', 'done']);
    expect(outcomes[0]).toMatchObject({
      parked: [{ code: 'MESSAGE_INVALID', source: 'pbx.acme_hq', detailType: 'ami.batch.v1' }],
    });
    expect(counts.get('message.invalid')).toBe(3);
    expect(odoo.effects).toEqual([`${epoch}/1/7`]);
  });

  it('parks what is nested without end, in a form that can be written down', async () => {
    const { route, odoo } = routeBench();
    const deep: unknown = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000));
    const messages = [
      resultMessage('job-00000001', { result: deep as [] }),
      busMessage('ami.batch.v1', { v: 1, pbx: 'acme_hq', events: deep }),
      batchMessage([1]),
    ];
    const outcomes = await route(messages);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['parked', 'parked', 'done']);
    expect(JSON.stringify(outcomes)).toContain('more than 100 levels deep');
    expect(odoo.effects).toEqual([`${epoch}/1/7`]);
  });

  it('believes the source, not the payload', async () => {
    const { route, odoo, counts } = routeBench();
    const forged = batchMessage([1], { pbx: 'acme_lab' });
    forged.event = { ...forged.event, source: 'pbx.acme_hq' };
    const stranger = { ...batchMessage([1]), event: { ...batchMessage([1]).event, source: 'aws.s3' } };
    const outcomes = await route([forged, stranger]);
    expect(outcomes).toMatchObject([
      { outcome: 'parked', parked: [{ code: 'MESSAGE_SOURCE_MISMATCH' }] },
      { outcome: 'parked', parked: [{ code: 'MESSAGE_INVALID' }] },
    ]);
    expect(counts.get('message.sourceMismatch')).toBe(1);
    expect(odoo.batches).toEqual([]);
  });

  it('leaves everything that was not delivered when Odoo is down, growing with the receives', async () => {
    const { route, odoo, counts } = routeBench();
    odoo.down = unreachable;
    const messages = [
      batchMessage([1]),
      batchMessage([1], { pbx: 'acme_lab' }),
      resultMessage('job-00000001'),
    ];
    const outcomes = await route(messages);
    expect(outcomes).toHaveLength(3);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ outcome: 'retry', afterSeconds: 5, code: 'ODOO_UNREACHABLE' });
    }
    expect(counts.get('odoo.retry')).toBe(1);
    const later = await route([batchMessage([1], { receiveCount: 4 }), batchMessage([2])]);
    // The same wait for all that follows, or they would overtake.
    expect(later.map((outcome) => 'afterSeconds' in outcome && outcome.afterSeconds)).toEqual([40, 40]);
  });

  it('keeps what was delivered before Odoo went away', async () => {
    const { route, odoo } = routeBench();
    odoo.failOn = (batch) => ('pbx' in batch && batch.pbx === 'acme_lab' ? unreachable : undefined);
    const outcomes = await route([batchMessage([1]), batchMessage([1], { pbx: 'acme_lab' })]);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['done', 'retry']);
  });

  it('stops when the time that is left is shorter than a call may take', async () => {
    const { route, odoo } = routeBench();
    let left = 125_000;
    const outcomes = await route([batchMessage([1]), batchMessage([1], { pbx: 'acme_lab' })], () => {
      left -= 21_000;
      return left;
    });
    expect(outcomes[0]).toMatchObject({ outcome: 'done' });
    expect(outcomes[1]).toMatchObject({ outcome: 'retry', afterSeconds: 0, code: 'ROUTE_OUT_OF_TIME' });
    expect(odoo.batches).toHaveLength(1);
  });

  it('skips and counts what no enabled rule wants any more', async () => {
    const { route, odoo, counts } = routeBench();
    const outcomes = await route([
      batchMessage([1], { rules: ['7', '8'] }),
      batchMessage([2], { rules: ['9'] }),
    ]);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['done', 'done']);
    expect(odoo.batches[0]?.events.map(({ seq, rules }) => [seq, rules])).toEqual([[1, ['7']]]);
    expect(counts.get('event.skipped')).toBe(2);
  });

  it('reads the rules anew before it skips what a newer rule may want', async () => {
    const { route, odoo, clock } = routeBench();
    await route([batchMessage([1])]);
    odoo.rules_ = { rules: [{ ...odoo.rules_.rules[0]!, id: '8' }], invalid: [] };
    clock.advance(10_000);
    await route([batchMessage([2], { rules: ['8'], rulesVersion: 'b'.repeat(64) })]);
    expect(odoo.effects).toEqual([`${epoch}/1/7`, `${epoch}/2/8`]);
  });

  it('waits while the rules can not be read, and while the credentials can not', async () => {
    const { route } = routeBench({ odooFor: () => Promise.reject(new Error('no secret')) });
    expect(await route([batchMessage([1])])).toMatchObject([
      { outcome: 'retry', code: 'ROUTE_FAILED', message: 'no secret' },
    ]);
  });

  it('carries results beside the events and marks them delivered', async () => {
    const { route, odoo, deps } = routeBench();
    await deps.jobs.create(jobRecord('job-00000001'));
    const message = resultMessage('job-00000001');
    expect(await route([batchMessage([1]), message])).toMatchObject([
      { outcome: 'done' },
      { outcome: 'done' },
    ]);
    expect(odoo.batches).toHaveLength(1);
    expect(odoo.batches[0]?.results).toMatchObject([
      {
        jobId: 'job-00000001',
        status: 'done',
        result: [{ Response: 'Success' }],
        callback: { res_method: 'originate_call_response' },
      },
    ]);
    expect((await deps.jobs.find('acme_hq', 'job-00000001'))?.deliveredStatus).toBe('done');
    await route([message]);
    expect(odoo.batches).toHaveLength(1);
  });

  it('keeps statuses while Odoo is down', async () => {
    const { route, odoo, deps, clock } = routeBench();
    odoo.down = unreachable;
    const status = busMessage('agent.status.v1', agentStatus('acme_hq', clock.now() / 1000));
    const outcomes = await route([batchMessage([1]), status]);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['retry', 'done']);
    expect((await deps.directory.find('acme_hq'))?.lastSeen).toBe(clock.now() / 1000);
  });
});
