import { describe, expect, test } from 'vitest';
import type { Rule } from '#core/contracts/rule.ts';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { createCdr } from '#test/support/fake-odoo-target.ts';
import { batchMessage, routeBench } from '#test/support/route-fixtures.ts';

type Row = Record<string, unknown>;

const toRecord: Rule = {
  ...createCdr,
  model: 'x_pbx_call',
  method: 'create',
  key: 'x_uniqueid',
  values: { x_uniqueid: "event['UniqueID']", x_kind: "event['Event'].lower()", x_note: "event.get('Note')" },
};
const unreachable = new OdoopbxError('ODOO_UNREACHABLE', 'connection refused', { retryable: true });

/** An Odoo without the addon that has a table `x_pbx_call`. */
function odooOnline(rules: readonly Rule[] = [toRecord]) {
  const rows: Row[] = [];
  const creates: Row[][] = [];
  const refuse = { create: (_rows: Row[]): OdoopbxError | undefined => undefined };
  const bench = routeBench();
  bench.odoo.hasGateway = false;
  bench.odoo.rules_ = { rules, invalid: [] };
  const others = bench.odoo.client.callMethod;
  bench.odoo.client.callMethod = async (model, method, args = [], ...more) => {
    await others(model, method, args, ...more);
    if (method === 'search_read') {
      const [[[field, , wanted]]] = args as [[[string, 'in', unknown[]]]];
      return rows.filter((row) => wanted.includes(row[field])).map((row) => ({ id: 1, [field]: row[field] }));
    }
    if (method !== 'create') return true;
    const created = args[0] as Row[];
    creates.push(created);
    const error = refuse.create(created);
    if (error !== undefined) throw error;
    rows.push(...created);
    return created.map((_, id) => id + 1);
  };
  return { ...bench, rows, creates, refuse };
}

describe('rules that make records', () => {
  test('one create for all events of the messages, values from the expressions', async () => {
    const { route, creates, counts } = odooOnline();
    const outcomes = await route([batchMessage([1, 2]), batchMessage([3])]);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['done', 'done']);
    expect(creates).toHaveLength(1);
    expect(creates[0]?.map((row) => row['x_uniqueid'])).toEqual([
      '1790000000.1',
      '1790000000.2',
      '1790000000.3',
    ]);
    expect(creates[0]?.[0]).toEqual({ x_uniqueid: '1790000000.1', x_kind: 'cdr', x_note: false });
    expect(counts.get('event.done')).toBe(3);
  });

  test('what is there already is not made again: by the key, and within one batch', async () => {
    const { route, rows } = odooOnline();
    rows.push({ x_uniqueid: '1790000000.1' });
    await route([batchMessage([1, 2]), batchMessage([2], { epoch: '1790000000001-fedcba' })]);
    expect(rows.map((row) => row['x_uniqueid'])).toEqual(['1790000000.1', '1790000000.2']);
  });

  test('without a key nothing is looked up', async () => {
    const { key: _, ...keyless } = toRecord;
    const { route, odoo } = odooOnline([keyless]);
    await route([batchMessage([1])]);
    expect(odoo.calls.map(({ method }) => method)).toEqual(['create']);
  });

  test('a record that Odoo refuses is parked alone, the others are made', async () => {
    const { route, rows, refuse } = odooOnline();
    refuse.create = (created) =>
      created.some((row) => row['x_uniqueid'] === '1790000000.2')
        ? new OdoopbxError('ODOO_METHOD_RAISED', 'x_kind: wrong value')
        : undefined;
    const [outcome] = await route([batchMessage([1, 2, 3])]);
    expect(outcome).toMatchObject({
      outcome: 'parked',
      parked: [{ code: 'ODOO_METHOD_RAISED', detail: { events: [{ seq: 2 }] } }],
    });
    expect(rows.map((row) => row['x_uniqueid'])).toEqual(['1790000000.1', '1790000000.3']);
  });

  test('an event that the expressions can not be worked out on is parked alone', async () => {
    const values = { x_uniqueid: "event['UniqueID']", x_src: "event['NoSuchHeader']" };
    const { route } = odooOnline([{ ...toRecord, values }]);
    const [outcome] = await route([batchMessage([1])]);
    expect(outcome).toMatchObject({ outcome: 'parked', parked: [{ code: 'CONDITION_FAILED' }] });
  });

  test('looking for them and making them have one deadline together', async () => {
    const { route, odoo } = odooOnline();
    const signals: unknown[] = [];
    const { callMethod } = odoo.client;
    odoo.client.callMethod = async (model, method, args, kwargs, limits) => {
      signals.push(limits?.signal);
      return callMethod(model, method, args, kwargs, limits);
    };
    await route([batchMessage([1, 2])]);
    expect(signals).toEqual([expect.any(AbortSignal), signals[0]]);
  });

  test('an Odoo that is away: all wait, in order, and are made once', async () => {
    const { route, rows, refuse } = odooOnline();
    refuse.create = () => unreachable;
    const messages = [batchMessage([1]), batchMessage([2])];
    expect((await route(messages)).map(({ outcome }) => outcome)).toEqual(['retry', 'retry']);
    refuse.create = () => undefined;
    expect((await route(messages)).map(({ outcome }) => outcome)).toEqual(['done', 'done']);
    await route(messages);
    expect(rows).toHaveLength(2);
  });

  test('a handler between them keeps its place', async () => {
    const handler: Rule = { ...createCdr, id: '8', model: 'my.model', method: 'on_cdr' };
    const { route, odoo } = odooOnline([toRecord, handler]);
    await route([batchMessage([1], { rules: ['7', '8'] }), batchMessage([2], { rules: ['7'] })]);
    expect(odoo.calls.map(({ method }) => method)).toEqual([
      'search_read',
      'create',
      'on_cdr',
      'search_read',
      'create',
    ]);
  });
});
