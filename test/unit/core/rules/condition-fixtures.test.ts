import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { AmiEvent } from '#core/contracts/ami-event.ts';
import { ConditionFailedError, ConditionSyntaxError } from '#core/rules/condition-error.ts';
import { compileCondition, compileExpression } from '#core/rules/condition.ts';
import { isList, PyTuple, type PyValue } from '#core/rules/python-values.ts';

interface Fixtures {
  accept: { condition: string; event: AmiEvent; value?: unknown; error?: string; tuple?: true }[];
  refuse: { condition: string; why: string; column: number | null }[];
}
const path = new URL('../../../../core/contracts/fixtures/v1/conditions.json', import.meta.url);
const fixtures = JSON.parse(readFileSync(path, 'utf8')) as Fixtures;

describe('the shared fixtures: accepted', () => {
  test.each(numbered(fixtures.accept))('%s', (_name, { condition, event, value, error, tuple }) => {
    if (condition.trim() === '') {
      expect(compileCondition(condition)(event)).toBe(value);
    } else if (error === undefined) {
      const result = compileExpression(condition)(event);
      expect(plain(result)).toEqual(value);
      expect(result instanceof PyTuple).toBe(tuple === true);
    } else {
      expect(exceptionOf(() => compileCondition(condition)(event))).toBe(error);
    }
  });
});

describe('the shared fixtures: refused', () => {
  test.each(numbered(fixtures.refuse))('%s', (_name, { condition, column }) => {
    const error = syntaxErrorOf(condition);
    expect(error.code).toBe('CONDITION_SYNTAX');
    if (column !== null) expect(error.column).toBe(column);
    expect(error.message).toContain(`(column ${error.column})`);
  });
});

function numbered<T extends { condition: string }>(cases: readonly T[]): [string, T][] {
  return cases.map((fixture, at) => [`${at}: ${JSON.stringify(fixture.condition).slice(0, 100)}`, fixture]);
}

function plain(value: PyValue): unknown {
  if (value instanceof PyTuple) return value.items.map(plain);
  if (isList(value)) return value.map(plain);
  return typeof value === 'bigint' ? Number(value) : value;
}

function syntaxErrorOf(condition: string): ConditionSyntaxError {
  try {
    compileCondition(condition);
  } catch (error) {
    if (error instanceof ConditionSyntaxError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

function exceptionOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ConditionFailedError && error.code === 'CONDITION_FAILED') return error.exception;
    throw error;
  }
  return 'none';
}
