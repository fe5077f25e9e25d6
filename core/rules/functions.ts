import { spend, type Budget } from './budget.ts';
import { typeError } from './condition-error.ts';
import type { FunctionName } from './language.ts';
import { pythonFloat, pythonInt, pythonIntOfBase } from './python-numbers.ts';
import { pythonStr } from './python-repr.ts';
import { itemsOf, lengthOf, truthy, typeName, type PyValue } from './python-values.ts';

export type PyFunction = (args: readonly PyValue[], budget: Budget) => PyValue;

/** The functions that a condition may call. Argument counts are checked by the parser. */
export const functions: Readonly<Record<FunctionName, PyFunction>> = {
  len: ([value = null], budget) => {
    if (typeof value === 'string') spend(budget, value.length);
    const length = lengthOf(value);
    if (length === undefined) throw typeError(`object of type '${typeName(value)}' has no len()`);
    return BigInt(length);
  },
  int: (args) => {
    const [value = 0n, base] = args;
    return base === undefined ? pythonInt(value) : pythonIntOfBase(value, base);
  },
  float: ([value = 0]) => pythonFloat(value),
  str: ([value = ''], budget) => pythonStr(value, budget),
  any: ([value = null], budget) => iterate(value, budget).some(truthy),
  all: ([value = null], budget) => iterate(value, budget).every(truthy),
  bool: ([value = false]) => truthy(value),
};

function iterate(value: PyValue, budget: Budget): readonly PyValue[] {
  if (typeof value === 'string') spend(budget, value.length);
  const items = itemsOf(value);
  if (!items) throw typeError(`'${typeName(value)}' object is not iterable`);
  spend(budget, items.length);
  return items;
}
