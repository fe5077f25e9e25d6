import { spend, spendSearch, type Budget } from './budget.ts';
import { typeError } from './condition-error.ts';
import { asNumber, asSet, equal, hashKey, sizeOf, within } from './python-equality.ts';
import { compareText } from './python-text.ts';
import { isList, PyDict, PyKeys, PySet, PyTuple, typeName, type PyValue } from './python-values.ts';

export type OrderOperator = '<' | '<=' | '>' | '>=';

/** a < b and its kin. Raises TypeError where Python knows no order. */
export function ordered(operator: OrderOperator, a: PyValue, b: PyValue, budget: Budget): boolean {
  const left = asNumber(a);
  const right = asNumber(b);
  if (left !== undefined && right !== undefined) return holds(operator, left, right);
  if (typeof a === 'string' && typeof b === 'string') {
    spend(budget, Math.min(a.length, b.length));
    return holds(operator, compareText(a, b), 0);
  }
  if (isList(a) && isList(b)) return orderedItems(operator, a, b, budget);
  if (a instanceof PyTuple && b instanceof PyTuple) return orderedItems(operator, a.items, b.items, budget);
  const one = asSet(a, budget);
  const other = asSet(b, budget);
  if (one && other) {
    const fits = operator.startsWith('<') ? within(one, other) : within(other, one);
    return fits && (operator.endsWith('=') || sizeOf(one) !== sizeOf(other));
  }
  throw typeError(`'${operator}' not supported between instances of '${typeName(a)}' and '${typeName(b)}'`);
}

function holds(operator: OrderOperator, a: bigint | number, b: bigint | number): boolean {
  switch (operator) {
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
  }
}

/** The first items that differ decide; where none do, the lengths. */
function orderedItems(
  operator: OrderOperator,
  a: readonly PyValue[],
  b: readonly PyValue[],
  budget: Budget,
): boolean {
  const length = Math.min(a.length, b.length);
  spend(budget, length);
  for (let at = 0; at < length; at += 1) {
    const left = a[at] ?? null;
    const right = b[at] ?? null;
    if (!equal(left, right, budget)) return ordered(operator, left, right, budget);
  }
  return holds(operator, a.length, b.length);
}

/** item in container */
export function contains(container: PyValue, item: PyValue, budget: Budget): boolean {
  if (typeof container === 'string') {
    if (typeof item !== 'string') {
      throw typeError(`'in <string>' requires string as left operand, not ${typeName(item)}`);
    }
    spendSearch(budget, container, item);
    return container.includes(item);
  }
  if (isList(container) || container instanceof PyTuple) {
    const items = container instanceof PyTuple ? container.items : container;
    spend(budget, items.length);
    return items.some((member) => equal(member, item, budget));
  }
  if (container instanceof PySet) {
    // set.__contains__ takes an unhashable set for a frozenset, and there are no frozensets here.
    if (item instanceof PySet) return false;
    const key = hashKey(item, budget);
    return key !== undefined && container.members.has(key);
  }
  if (container instanceof PyDict || container instanceof PyKeys) {
    const dict = container instanceof PyKeys ? container.dict : container;
    hashKey(item, budget);
    return typeof item === 'string' && dict.get(item) !== undefined;
  }
  throw typeError(`argument of type '${typeName(container)}' is not iterable`);
}
