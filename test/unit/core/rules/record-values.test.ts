import { expect, test } from 'vitest';
import { compileRecordValues } from '#core/rules/record-values.ts';

const event = { Event: 'Cdr', Source: '+49301', Duration: '61' };
const value = (source: string) => compileRecordValues({ x: source })(event)['x'];

test("Python's values become JSON as Odoo takes it", () => {
  expect(value("event['Source'][1:]")).toBe('49301');
  expect(value("int(event['Duration'])")).toBe(61);
  expect(value("float(event['Duration'])")).toBe(61);
  expect(value("event.get('Missing')")).toBe(false);
  expect(value("'in' if event['Source'] else 'out'")).toBe('in');
  expect(value('[(6, 0, [1, 2])]')).toEqual([[6, 0, [1, 2]]]);
});

test('what no field takes raises, and names the field', () => {
  expect(() => value('{1, 2}')).toThrow(/x: a set/);
  expect(() => value("event['Missing']")).toThrow(/KeyError/);
  expect(() => value("int('9' * 30)")).toThrow();
});
