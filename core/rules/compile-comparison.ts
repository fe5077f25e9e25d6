import type { Evaluate, Run } from './compile.ts';
import { equal } from './python-equality.ts';
import { contains, ordered } from './python-ordering.ts';
import type { PyValue } from './python-values.ts';
import type { CompareOperator } from './syntax-tree.ts';

/** `a < b == c`: each operand is evaluated at most once, none behind the first comparison that fails. */
export function compileComparison(
  first: Evaluate,
  rest: readonly { operator: CompareOperator; operand: Evaluate }[],
): Evaluate {
  const [only] = rest;
  if (only && rest.length === 1) {
    const { operator, operand } = only;
    return (run) => compare(operator, first(run), operand(run), run);
  }
  return (run) => {
    let left = first(run);
    for (const { operator, operand } of rest) {
      const right = operand(run);
      if (!compare(operator, left, right, run)) return false;
      left = right;
    }
    return true;
  };
}

function compare(operator: CompareOperator, left: PyValue, right: PyValue, run: Run): boolean {
  switch (operator) {
    case '==':
      return equal(left, right, run);
    case '!=':
      return !equal(left, right, run);
    case 'in':
      return contains(right, left, run);
    case 'not in':
      return !contains(right, left, run);
    case 'is':
      return left === right;
    case 'is not':
      return left !== right;
    case '<':
    case '<=':
    case '>':
    case '>=':
      return ordered(operator, left, right, run);
  }
}
