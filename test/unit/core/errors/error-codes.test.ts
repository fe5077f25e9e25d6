import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { errorCodes } from '#core/errors/error-codes.ts';

const rows = readFileSync(new URL('../../../../docs/errors.md', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => /^\| *`/.test(line))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

test('docs/errors.md has one row per error code, and none of its own', () => {
  const documented = rows.map(([code = '']) => code.replaceAll('`', ''));
  expect(documented.toSorted()).toEqual([...errorCodes].toSorted());
});

test('every row says what it means, what to do and whether to retry', () => {
  for (const row of rows) {
    expect(row, row[0]).toHaveLength(4);
    for (const cell of row) expect(cell, row[0]).not.toBe('');
    expect(row[3], row[0]).toMatch(/^(yes|no|by|depends)/);
  }
});
