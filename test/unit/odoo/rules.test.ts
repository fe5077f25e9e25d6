import { describe, expect, it } from 'vitest';
import { readRules } from '#odoo/rules.ts';

function clientWith(fields: string[], records: Record<string, unknown>[]) {
  const asked: unknown[] = [];
  return {
    asked,
    callMethod: () => Promise.resolve(Object.fromEntries(fields.map((field) => [field, {}]))),
    searchRead: (model: string, domain: readonly unknown[], options: object) => {
      asked.push([model, domain, options]);
      return Promise.resolve(records);
    },
  };
}

const all = ['id', 'name', 'source', 'model', 'method', 'delay', 'condition', 'is_enabled', 'description'];
const record = {
  id: 3,
  name: 'Hangup',
  source: 'AMI',
  model: 'asterisk_plus.channel',
  method: 'on_ami_hangup',
  delay: 0.75,
  condition: "not event['Channel'].startswith('Local/')\n",
  is_enabled: true,
};

describe('rules from Odoo', () => {
  it('reads the AMI rules, ids as text, conditions trimmed', async () => {
    const client = clientWith(all, [record, { ...record, id: 4, condition: false, is_enabled: false }]);
    expect(await readRules(client)).toEqual({
      rules: [
        { ...record, id: '3', condition: "not event['Channel'].startswith('Local/')" },
        { ...record, id: '4', condition: '', is_enabled: false },
      ],
      invalid: [],
    });
    expect(client.asked).toEqual([
      [
        'asterisk_plus.event',
        [['source', '=', 'AMI']],
        {
          fields: ['name', 'source', 'model', 'method', 'delay', 'condition', 'is_enabled'],
          order: 'id',
          limit: 1001,
        },
      ],
    ]);
  });

  it('does without the fields that an older addon lacks', async () => {
    const { name, model, method } = record;
    const client = clientWith(['id', 'name', 'model', 'method'], [{ id: 3, name, model, method }]);
    expect((await readRules(client)).rules).toEqual([
      { id: '3', source: 'AMI', name, model, method, delay: 0, condition: '', is_enabled: true },
    ]);
    expect(client.asked).toMatchObject([
      ['asterisk_plus.event', [], { fields: ['name', 'model', 'method'] }],
    ]);
  });

  it('lists what is no rule and keeps the others', async () => {
    const client = clientWith(all, [
      { ...record, id: 1, method: '_private' },
      { ...record, id: 2, delay: -1 },
      { ...record, id: 5, source: 'ARI' },
      record,
    ]);
    const { rules, invalid } = await readRules(client);
    expect(rules.map(({ id }) => id)).toEqual(['3']);
    expect(invalid.map(({ id, message }) => [id, message.split(':')[0]])).toEqual([
      ['1', 'method'],
      ['2', 'delay'],
      ['5', 'source'],
    ]);
  });

  it('keeps to a thousand rules', async () => {
    const many = Array.from({ length: 1001 }, (_, index) => ({ ...record, id: index + 1 }));
    const { rules, invalid } = await readRules(clientWith(all, many));
    expect([rules.length, invalid.map(({ id }) => id)]).toEqual([1000, ['1001']]);
  });
});
