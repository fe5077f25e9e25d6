import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { refusedRuleSchema, type EdgeRule } from '#core/contracts/rule.ts';
import { compileRules } from '#core/rules/rule-set.ts';
import { canonicalRules } from '#core/rules/rules-version.ts';

function rule(id: string, name: string, condition = '', delay = 0): EdgeRule {
  return { id, name, condition, delay };
}

test('rules match by the name of the event and their condition, in their order', () => {
  const { ruleSet, refused } = compileRules([
    rule('1', 'Hangup'),
    rule('2', 'Hangup', "event['Cause'] == '16'", 0.75),
    rule('3', 'Hangup', "event['Cause'] == '17'"),
    rule('4', 'Cdr'),
  ]);
  expect(refused).toEqual([]);
  expect(ruleSet.names).toEqual(new Set(['Hangup', 'Cdr']));
  expect(ruleSet.match({ Event: 'Hangup', Cause: '16' })).toStrictEqual({
    matches: [
      { ruleId: '1', delay: 0 },
      { ruleId: '2', delay: 0.75 },
    ],
    failures: [],
  });
  expect(ruleSet.match({ Event: 'hangup', Cause: '16' }).matches).toEqual([]);
});

test('a condition that raises is a failure of its rule alone', () => {
  const { ruleSet } = compileRules([rule('1', 'Hangup', "event['Nope']"), rule('2', 'Hangup')]);
  const { matches, failures } = ruleSet.match({ Event: 'Hangup' });
  expect(matches.map(({ ruleId }) => ruleId)).toEqual(['2']);
  expect(failures).toEqual([{ ruleId: '1', exception: 'KeyError', message: "KeyError: 'Nope'" }]);
});

test('what can not be compiled is refused with its column, the rest works', () => {
  const { ruleSet, refused } = compileRules([
    rule('1', 'Hangup', 'event.Cause'),
    rule('2', 'Hangup'),
    rule('2', 'Cdr'),
    rule('3', 'Newexten', 'eval(event)'),
  ]);
  expect(refused.map(({ id, column }) => [id, column])).toEqual([
    ['1', 7],
    ['2', undefined],
    ['3', 1],
  ]);
  for (const row of refused) expect(refusedRuleSchema.parse(row)).toEqual(row);
  expect(ruleSet.names).toEqual(new Set(['Hangup']));
});

test('the canonical text is the same in any order and another for any other rules', () => {
  const rules = fc.uniqueArray(
    fc.record({
      id: fc.constantFrom('1', '2', '10', 'a'),
      name: fc.constantFrom('Hangup', 'Cdr'),
      delay: fc.constantFrom(0, 0.2),
      condition: fc.constantFrom('', "event['a']", 'x","y'),
    }),
    { selector: ({ id }) => id, maxLength: 3 },
  );
  fc.assert(
    fc.property(rules, rules, (some, others) => {
      expect(canonicalRules(some.toReversed())).toBe(canonicalRules(some));
      const same = JSON.stringify(sorted(some)) === JSON.stringify(sorted(others));
      expect(canonicalRules(some) === canonicalRules(others)).toBe(same);
    }),
  );
});

function sorted(rules: readonly EdgeRule[]): EdgeRule[] {
  return rules.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}
