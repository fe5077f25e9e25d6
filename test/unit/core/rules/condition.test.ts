import { expect, test } from 'vitest';
import type { AmiEvent } from '#core/contracts/ami-event.ts';
import { compileCondition, compileExpression } from '#core/rules/condition.ts';

const event: AmiEvent = { Event: 'Hangup', Channel: 'PJSIP/101', Cause: '16' };

test('the value counts by its truth in Python', () => {
  for (const truth of ["'False'", '[0]', '-1', '(None,)', "event['Cause']"]) {
    expect(compileCondition(truth)(event), truth).toBe(true);
  }
  for (const untruth of ["''", '[]', '0.0', '()', 'None', "event.get('x')"]) {
    expect(compileCondition(untruth)(event), untruth).toBe(false);
  }
});

test('an error names the exception and the key as Python does', () => {
  expect(() => compileCondition("event['Foo']")(event)).toThrow(/^KeyError: 'Foo'$/);
  expect(() => compileCondition("event['Cause'] > 1")(event)).toThrow(
    /^TypeError: '>' not supported between instances of 'str' and 'int'$/,
  );
});

test('a refusal says what is allowed', () => {
  expect(() => compileCondition('event.Channel')).toThrow(/event\['Channel'\].*startswith.*column 7/);
  expect(() => compileCondition('open("x")')).toThrow(/"open".*len, int, float.*column 1/);
  expect(() => compileCondition("event['a'] = 1")).toThrow(/==.*column 12/);
});

test('only own headers are seen, on any kind of object', () => {
  const bare = Object.assign(Object.create(null) as object, { Event: 'x' }) as AmiEvent;
  for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    expect(compileExpression(`event.get('${key}')`)(bare)).toBeNull();
    expect(compileExpression(`'${key}' in event`)({ Event: 'x' })).toBe(false);
    expect(() => compileCondition(`event['${key}']`)({ Event: 'x' })).toThrow(/^KeyError/);
  }
  expect(compileExpression("event['__proto__']")(JSON.parse('{"__proto__": "own"}') as AmiEvent)).toBe('own');
});

test('an event is not changed and a condition holds no state', () => {
  const condition = compileExpression("event['V'] + ['c']");
  const frozen = Object.freeze({ Event: 'x', V: Object.freeze(['a', 'b']) as string[] });
  expect(condition(frozen)).toEqual(['a', 'b', 'c']);
  expect(condition(frozen)).toEqual(['a', 'b', 'c']);
});

test('texts that multiply and searches that square are stopped', () => {
  const blowUp = compileCondition(`'a'${".replace('a', 'aaaaaaaaaa')".repeat(9)}`);
  expect(() => blowUp(event)).toThrow(/^LimitExceeded/);
  const long = 'a'.repeat(200_000);
  const longer = compileCondition("event['Hay'].replace('a', 'aaaaaaaaaa')");
  expect(() => longer({ Event: 'x', Hay: long })).toThrow(/^LimitExceeded: .*1000000 characters/);
  const search = compileCondition("(event['Needle'] + 'b') in event['Hay']");
  expect(() => search({ Event: 'x', Hay: long, Needle: long.slice(0, 100_000) })).toThrow(/^LimitExceeded/);
  const binary = compileCondition(`int(event['Digits'], 16) > 0`);
  expect(() => binary({ Event: 'x', Digits: long })).toThrow(/^LimitExceeded/);
});

test('the limits leave room for what is real', () => {
  const list = Array.from({ length: 500 }, (_, at) => `VARIABLE_${at}=${'x'.repeat(100)}`);
  const condition = compileCondition(
    "'VARIABLE_499' in str(event['Variable']) and event['Long'].split(',')[-1] == 'end'",
  );
  expect(condition({ Event: 'x', Variable: list, Long: `${'word,'.repeat(10_000)}end` })).toBe(true);
});

test('nesting is bounded, length is not nesting', () => {
  const tooDeep = [
    `${'-'.repeat(3000)}1`,
    Array(200).fill('1').join('+'),
    `'a'${'.lower()'.repeat(60)}`,
    `${'1 if 0 else '.repeat(300)}1`,
    `${'event['.repeat(300)}1${']'.repeat(300)}`,
  ];
  for (const condition of tooDeep) expect(() => compileCondition(condition)).toThrow(/nested more than 100/);
  const long = Array(150).fill("event['Cause'] == '16'").join(' and ');
  expect(compileCondition(long)(event)).toBe(true);
  expect(compileCondition(`event['Cause'] in [${Array(900).fill("'1'").join(',')}, '16']`)(event)).toBe(true);
});

test('4096 characters and not one more', () => {
  const fill = (length: number) => `'${'😀'.repeat(length - 2)}'`;
  expect(compileCondition(fill(4096))(event)).toBe(true);
  expect(() => compileCondition(fill(4097))).toThrow(/4096 characters \(column 4097\)/);
});
