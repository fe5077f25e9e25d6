import { describe, expect, test } from 'vitest';
import { localRuleSchema } from '#core/fleet/local-rule.ts';

const values = { x_uniqueid: "event['UniqueID']" };

function problems(rule: unknown): string[] {
  const { error } = localRuleSchema.safeParse(rule);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('a rule in a configuration file', () => {
  test('calls a method, or makes a record', () => {
    expect(problems({ id: 'cdr', name: 'Cdr', model: 'my.call', method: 'create_cdr' })).toEqual([]);
    const rule = localRuleSchema.parse({
      id: 'cdr',
      name: 'Cdr',
      model: 'x_call',
      values,
      key: 'x_uniqueid',
    });
    expect(rule).toMatchObject({ method: 'create', delay: 0, condition: '', is_enabled: true });
    expect(localRuleSchema.parse(rule)).toEqual(rule);
  });

  test('is refused with the field and the column', () => {
    const record = { id: 'cdr', name: 'Cdr', model: 'x_call', values };
    expect(problems({ ...record, method: 'write' })).toEqual(['method: with values it can only be create']);
    expect(problems({ ...record, key: 'x_src' })).toEqual(['key: must be one of the fields in values']);
    expect(problems({ ...record, values: { x_src: 'import os' } })[0]).toMatch(/^values\.x_src: .*column/);
    expect(problems({ ...record, values: { 'x-src': '1' } })[0]).toMatch(/^values\.x-src: /);
    expect(problems({ ...record, values: {} })).toEqual(['values: must name one field at least']);
    expect(problems({ id: 'cdr', name: 'Cdr', model: 'x_call' })).toEqual([
      'values: method create needs them: which field gets what of the event',
    ]);
  });
});
