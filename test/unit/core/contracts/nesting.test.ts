import { describe, expect, it } from 'vitest';
import { jsonSchema } from '#core/contracts/job.ts';
import { isNestedDeeper, maxNesting } from '#core/contracts/nesting.ts';

function nested(levels: number): unknown {
  return JSON.parse('[{"a":'.repeat(levels / 2) + '1' + '}]'.repeat(levels / 2));
}

describe('the nesting of JSON', () => {
  it.each([
    [1, 0, false],
    ['[[[', 0, false],
    [[], 0, true],
    [[], 1, false],
    [[1, { a: [] }], 3, false],
    [[1, { a: [] }], 2, true],
  ])('of %j is deeper than %i: %s', (value, levels, expected) => {
    expect(isNestedDeeper(value, levels)).toBe(expected);
  });

  it('is measured without recursion', () => {
    expect(isNestedDeeper(nested(400_000), 1_000_000)).toBe(false);
  });

  it('has a limit in jobs and results, however deep a value is', () => {
    expect(jsonSchema.parse(nested(maxNesting))).toEqual(nested(maxNesting));
    const tooDeep = jsonSchema.safeParse(nested(400_000));
    expect(tooDeep.error?.issues).toMatchObject([{ message: 'nested more than 100 levels deep' }]);
    expect(jsonSchema.safeParse(undefined).success).toBe(false);
  });
});
