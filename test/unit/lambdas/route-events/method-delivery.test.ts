import { describe, expect, it } from 'vitest';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { createCdr } from '#test/support/fake-odoo-target.ts';
import { recordingLogger } from '#test/support/recording-logger.ts';
import { batchMessage, resultMessage, routeBench } from '#test/support/route-fixtures.ts';
import type { RouteBench } from '#test/support/route-fixtures.ts';
import { jobRecord } from '#test/contract/job-store.ts';

const raised = new OdoopbxError('ODOO_METHOD_RAISED', 'create_cdr raised ValueError');
const unreachable = new OdoopbxError('ODOO_UNREACHABLE', 'connection refused', { retryable: true });

function withoutGateway(changes: Parameters<typeof routeBench>[0] = {}): RouteBench {
  const bench = routeBench(changes);
  bench.odoo.hasGateway = false;
  const second = { ...createCdr, id: '8', method: 'count_cdr' };
  bench.odoo.rules_ = { rules: [createCdr, second], invalid: [] };
  return bench;
}

function seqOf(args: readonly unknown[]): number {
  return Number((args[0] as { UniqueID: string }).UniqueID.split('.')[1]);
}

describe('delivery without the gateway', () => {
  it('calls each rule of each event with the event, in order', async () => {
    const { route, odoo } = withoutGateway();
    await route([batchMessage([2], { rules: ['7', '8'] }), batchMessage([1])]);
    expect(odoo.calls.map(({ model, method, args }) => [model, method, seqOf(args), args.length])).toEqual([
      ['asterisk_calls.call', 'create_cdr', 1, 1],
      ['asterisk_calls.call', 'create_cdr', 2, 1],
      ['asterisk_calls.call', 'count_cdr', 2, 1],
    ]);
  });

  it('parks a handler that always raises after three tries, that rule alone, and goes on', async () => {
    const { route, odoo } = withoutGateway();
    odoo.failOn = (call) =>
      'method' in call && call.method === 'create_cdr' && seqOf(call.args) === 1 ? raised : undefined;
    const [outcome] = await route([batchMessage([1, 2], { rules: ['7', '8'] })]);
    expect(outcome).toMatchObject({
      outcome: 'parked',
      parked: [{ code: 'ODOO_METHOD_RAISED', detail: { events: [{ seq: 1, rules: ['7'] }] } }],
    });
    expect(odoo.calls.map(({ method, args }) => `${method} ${seqOf(args)}`)).toEqual([
      'create_cdr 1',
      'create_cdr 1',
      'create_cdr 1',
      'count_cdr 1',
      'create_cdr 2',
      'count_cdr 2',
    ]);
  });

  it('keeps what a handler raised out of the log: it may quote a number', async () => {
    const logger = recordingLogger();
    const { route, odoo } = withoutGateway({ logger });
    odoo.failOn = () => new OdoopbxError('ODOO_METHOD_RAISED', "invalid literal for int(): '+49301234567'");
    const [outcome] = await route([batchMessage([1])]);
    expect(outcome).toMatchObject({
      parked: [{ message: expect.stringContaining('+49301234567') as string }],
    });
    const logged = [...logger.at('error'), ...logger.at('warn'), ...logger.at('info')];
    expect(logged).not.toEqual([]);
    expect(JSON.stringify(logged)).not.toContain('+49');
  });

  it('does not repeat what this process has done when the message comes again', async () => {
    const { route, odoo } = withoutGateway();
    odoo.failOn = (call) => ('method' in call && seqOf(call.args) === 2 ? unreachable : undefined);
    const message = batchMessage([1, 2, 3]);
    expect(await route([message])).toMatchObject([{ outcome: 'retry', code: 'ODOO_UNREACHABLE' }]);
    odoo.failOn = () => undefined;
    expect(await route([{ ...message, receiveCount: 2 }])).toMatchObject([{ outcome: 'done' }]);
    expect(odoo.calls.map(({ args }) => seqOf(args))).toEqual([1, 2, 2, 3]);
  });

  it('still tells of a parked part when the rest of the message had to wait', async () => {
    const { route, odoo } = withoutGateway();
    odoo.failOn = (call) => {
      if (!('method' in call)) return undefined;
      return seqOf(call.args) === 1 ? raised : unreachable;
    };
    const message = batchMessage([1, 2]);
    expect(await route([message])).toMatchObject([{ outcome: 'retry' }]);
    odoo.failOn = () => undefined;
    expect(await route([message])).toMatchObject([
      { outcome: 'parked', parked: [{ detail: { events: [{ seq: 1 }] } }] },
    ]);
    expect(odoo.calls.map(({ args }) => seqOf(args))).toEqual([1, 1, 1, 2, 2]);
  });

  it('does not park while Odoo does not answer a ping', async () => {
    const { route, odoo } = withoutGateway();
    odoo.failOn = () => raised;
    odoo.client.ping = () => Promise.reject(unreachable);
    expect(await route([batchMessage([1])])).toMatchObject([{ outcome: 'retry', code: 'ODOO_UNREACHABLE' }]);
  });

  it('does not ping where the time may not be enough for the answer', async () => {
    const { route, odoo } = withoutGateway();
    odoo.failOn = () => raised;
    let pings = 0;
    odoo.client.ping = async () => void (pings += 1);
    const message = batchMessage([1]);
    const remaining = () => (odoo.calls.length < 3 ? 100_000 : 10_000);
    expect(await route([message], remaining)).toMatchObject([{ code: 'ROUTE_OUT_OF_TIME', afterSeconds: 0 }]);
    expect(pings).toBe(0);
    expect(await route([message])).toMatchObject([{ outcome: 'parked' }]);
  });

  it('suspects an event that was received too often, though its error says to retry', async () => {
    const { route, odoo } = withoutGateway();
    odoo.failOn = (call) => ('method' in call && seqOf(call.args) === 1 ? unreachable : undefined);
    expect(await route([batchMessage([1, 2], { receiveCount: 5 })])).toMatchObject([{ outcome: 'retry' }]);
    expect(await route([batchMessage([1, 2], { receiveCount: 6 })])).toMatchObject([
      { outcome: 'parked', parked: [{ detail: { firstSeq: 1 } }] },
    ]);
  });

  it.each([
    ['positional', [[{ Response: 'Success' }], { call: 7 }], {}],
    ['keyword', [[{ Response: 'Success' }]], { call: 7 }],
  ] as const)('calls back in the style %s', async (style, args, kwargs) => {
    const { route, odoo, deps } = withoutGateway();
    const callback = { style, res_model: 'my.model', res_method: 'answered', pass_back: { call: 7 } };
    await deps.jobs.create(jobRecord('job-00000001', { callback }));
    await route([resultMessage('job-00000001', { result: [{ Response: 'Success' }] })]);
    expect(odoo.calls).toEqual([{ model: 'my.model', method: 'answered', args, kwargs }]);
    expect((await deps.jobs.find('acme_hq', 'job-00000001'))?.deliveredStatus).toBe('done');
  });

  it('hands a bare dict to a callback that asked for one', async () => {
    const { route, odoo, deps } = withoutGateway();
    const callback = { style: 'keyword' as const, res_model: 'my.model', res_method: 'answered' };
    await deps.jobs.create(jobRecord('job-00000001', { callback, asList: false }));
    await route([resultMessage('job-00000001', { result: [{ Response: 'Success' }] })]);
    expect(odoo.calls[0]?.args).toEqual([{ Response: 'Success' }]);
  });

  it.each([
    ['an AMI error', { result: [{ Response: 'Error', Message: 'No such channel' }] }, 'No such channel'],
    [
      'a job that failed',
      { status: 'failed' as const, result: null, error: { code: 'JOB_TIMEOUT', message: 'took too long' } },
      'took too long',
    ],
  ])('notifies the user of %s with the reason', async (_, changes, reason) => {
    const { route, odoo, deps } = withoutGateway();
    const callback = { style: 'keyword' as const, res_notify_uid: 5, res_notify_title: 'Call' };
    await deps.jobs.create(jobRecord('job-00000001', { callback }));
    await route([resultMessage('job-00000001', changes)]);
    expect(odoo.calls).toEqual([
      {
        model: 'res.users',
        method: 'asterisk_plus_notify',
        args: [reason],
        kwargs: { title: 'Call', uid: 5, warning: true },
      },
    ]);
  });

  it('is done with a result whose user can not be notified', async () => {
    const { route, odoo, deps } = withoutGateway();
    await deps.jobs.create(jobRecord('job-00000001'));
    odoo.failOn = (call) => ('method' in call && call.method === 'asterisk_plus_notify' ? raised : undefined);
    expect(await route([resultMessage('job-00000001')])).toMatchObject([{ outcome: 'done' }]);
  });

  it('does not call back twice when the message comes again after the callback', async () => {
    const { route, odoo, deps } = withoutGateway();
    await deps.jobs.create(jobRecord('job-00000001'));
    const markDelivered = deps.jobs.markDelivered;
    deps.jobs.markDelivered = () => Promise.reject(new Error('the table is away'));
    const message = resultMessage('job-00000001');
    expect(await route([message])).toMatchObject([{ outcome: 'retry', code: 'ROUTE_FAILED' }]);
    deps.jobs.markDelivered = markDelivered;
    expect(await route([message])).toMatchObject([{ outcome: 'done' }]);
    expect(odoo.calls.filter(({ method }) => method === 'originate_call_response')).toHaveLength(1);
  });

  it('drops the result of a job that went to another PBX', async () => {
    const { route, odoo, deps, counts } = withoutGateway();
    await deps.jobs.create(jobRecord('job-00000001', { pbx: 'acme_lab' }));
    expect(await route([resultMessage('job-00000001')])).toMatchObject([{ outcome: 'done' }]);
    expect(odoo.calls).toEqual([]);
    expect(counts.get('result.unknown')).toBe(1);
  });
});
