import { spend, spendText, type Budget } from './budget.ts';
import { typeError } from './condition-error.ts';
import { asNumber } from './python-equality.ts';
import { toFloat } from './python-numbers.ts';
import { isList, PyTuple, typeName, type PyValue } from './python-values.ts';

/** a + b */
export function add(a: PyValue, b: PyValue, budget: Budget): PyValue {
  if (typeof a === 'string' && typeof b === 'string') {
    spendText(budget, a.length + b.length);
    return a + b;
  }
  const left = asNumber(a);
  const right = asNumber(b);
  if (left !== undefined && right !== undefined) {
    if (typeof left === 'bigint' && typeof right === 'bigint') return left + right;
    return asFloat(left) + asFloat(right);
  }
  if (isList(a) && isList(b)) return joined(a, b, budget);
  if (a instanceof PyTuple && b instanceof PyTuple) return new PyTuple(joined(a.items, b.items, budget));
  throw typeError(`unsupported operand type(s) for +: '${typeName(a)}' and '${typeName(b)}'`);
}

function asFloat(value: bigint | number): number {
  return typeof value === 'bigint' ? toFloat(value) : value;
}

function joined(a: readonly PyValue[], b: readonly PyValue[], budget: Budget): PyValue[] {
  spend(budget, a.length + b.length);
  return [...a, ...b];
}

/** -value */
export function negate(value: PyValue): PyValue {
  const number = asNumber(value);
  if (number === undefined) throw typeError(`bad operand type for unary -: '${typeName(value)}'`);
  return -number;
}
