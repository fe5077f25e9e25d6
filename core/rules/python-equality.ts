import { spend, type Budget } from './budget.ts';
import { typeError } from './condition-error.ts';
import { isList, PyDict, PyKeys, PySet, PyTuple, typeName, type PyValue } from './python-values.ts';

/** a == b */
export function equal(a: PyValue, b: PyValue, budget: Budget): boolean {
  if (typeof a === 'string' || typeof b === 'string') {
    if (typeof a !== 'string' || typeof b !== 'string' || a.length !== b.length) return false;
    spend(budget, a.length);
    return a === b;
  }
  if (a === null || b === null) return a === b;
  const left = asNumber(a);
  const right = asNumber(b);
  if (left !== undefined || right !== undefined) {
    // Not ===: an int and a float may be equal. NaN is neither below nor above anything.
    return left !== undefined && right !== undefined && left <= right && left >= right;
  }
  if (isList(a) && isList(b)) return equalItems(a, b, budget);
  if (a instanceof PyTuple && b instanceof PyTuple) return equalItems(a.items, b.items, budget);
  if (a instanceof PyDict || b instanceof PyDict) return a instanceof PyDict && b instanceof PyDict;
  const one = asSet(a, budget);
  const other = asSet(b, budget);
  return one !== undefined && other !== undefined && sizeOf(one) === sizeOf(other) && within(one, other);
}

function equalItems(a: readonly PyValue[], b: readonly PyValue[], budget: Budget): boolean {
  if (a.length !== b.length) return false;
  spend(budget, a.length);
  return a.every((item, at) => equal(item, b[at] ?? null, budget));
}

/** The number that a bool, int or float stands for. */
export function asNumber(value: PyValue): bigint | number | undefined {
  if (typeof value === 'boolean') return BigInt(value);
  return typeof value === 'bigint' || typeof value === 'number' ? value : undefined;
}

/**
 * A text that is the same for values that Python's sets and dicts take for the same key (1, 1.0 and True),
 * undefined when the value has a NaN in it. Raises TypeError where the value is unhashable.
 */
export function hashKey(value: PyValue, budget: Budget): string | undefined {
  if (value === null) return 'N';
  if (typeof value === 'string') {
    spend(budget, value.length);
    return `s${value.length}:${value}`;
  }
  if (typeof value === 'number') {
    if (Number.isNaN(value)) return undefined;
    return Number.isInteger(value) ? `n${BigInt(value)}` : `n${value}`;
  }
  if (typeof value === 'boolean' || typeof value === 'bigint') return `n${BigInt(value)}`;
  if (!(value instanceof PyTuple)) throw typeError(`unhashable type: '${typeName(value)}'`);
  const keys = value.items.map((item) => hashKey(item, budget));
  return keys.includes(undefined) ? undefined : `t${keys.length}(${keys.join(',')})`;
}

export function makeSet(items: readonly PyValue[], budget: Budget): PySet {
  const members = new Map<string, PyValue>();
  const loners: PyValue[] = [];
  for (const item of items) {
    const key = hashKey(item, budget);
    if (key === undefined) loners.push(item);
    else if (!members.has(key)) members.set(key, item);
  }
  return new PySet(members, loners);
}

/** The value as a set where it is one or compares like one (dict_keys). */
export function asSet(value: PyValue, budget: Budget): PySet | undefined {
  if (value instanceof PySet) return value;
  return value instanceof PyKeys ? makeSet(value.dict.keys(), budget) : undefined;
}

/** one <= other */
export function within(one: PySet, other: PySet): boolean {
  if (one.loners.length > 0) return false;
  for (const key of one.members.keys()) if (!other.members.has(key)) return false;
  return true;
}

export function sizeOf(set: PySet): number {
  return set.members.size + set.loners.length;
}
