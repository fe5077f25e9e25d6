import { spend, type Budget } from './budget.ts';
import { ConditionFailedError, typeError, valueError } from './condition-error.ts';
import { hashKey } from './python-equality.ts';
import { pythonRepr } from './python-repr.ts';
import { codePointSlice, hasAstral } from './python-text.ts';
import { asIndex, isList, PyDict, PyTuple, typeName, type PyValue } from './python-values.ts';

/** value[index] */
export function subscript(value: PyValue, index: PyValue, budget: Budget): PyValue {
  if (value instanceof PyDict) {
    hashKey(index, budget);
    const found = typeof index === 'string' ? value.get(index) : undefined;
    if (found === undefined) throw new ConditionFailedError('KeyError', pythonRepr(index, budget));
    return found;
  }
  const sequence = sequenceOf(value, budget);
  if (!sequence) throw typeError(`'${typeName(value)}' object is not subscriptable`);
  const at = asIndex(index);
  if (at === undefined) throw typeError(`${typeName(value)} indices must be integers`);
  const item = sequence.at(at);
  if (item === undefined)
    throw new ConditionFailedError('IndexError', `${typeName(value)} index out of range`);
  return item;
}

interface Sequence {
  length: number;
  at(index: bigint): PyValue | undefined;
  pick(positions: readonly number[]): PyValue;
}

function sequenceOf(value: PyValue, budget: Budget): Sequence | undefined {
  if (typeof value === 'string') {
    spend(budget, value.length);
    const items = hasAstral(value) ? Array.from(value) : value;
    return {
      length: items.length,
      at: (index) => items.at(bounded(index)),
      pick: (positions) => positions.map((position) => items[position]).join(''),
    };
  }
  if (!isList(value) && !(value instanceof PyTuple)) return undefined;
  const items = isList(value) ? value : value.items;
  return {
    length: items.length,
    at: (index) => items.at(bounded(index)),
    pick: (positions) => {
      const picked = positions.map((position) => items[position] ?? null);
      return isList(value) ? picked : new PyTuple(picked);
    },
  };
}

const far = 2 ** 52;

function bounded(index: bigint): number {
  return Math.max(-far, Math.min(far, Number(index)));
}

/** A bound of a slice as Python's slices and str.find take it: None or an int of any size. */
export function sliceBound(value: PyValue): number | undefined {
  if (value === null) return undefined;
  const at = asIndex(value);
  if (at === undefined) {
    throw typeError('slice indices must be integers or None or have an __index__ method');
  }
  return bounded(at);
}

/** A bound counted from the end where it is negative, and brought within 0 and the length. */
export function clampBound(bound: number, length: number): number {
  return Math.max(0, Math.min(length, bound < 0 ? bound + length : bound));
}

/** value[lower:upper:step] */
export function slice(
  value: PyValue,
  [lower, upper, step]: readonly [PyValue, PyValue, PyValue],
  budget: Budget,
): PyValue {
  const sequence = sequenceOf(value, budget);
  if (!sequence) {
    throw typeError(
      value instanceof PyDict
        ? "unhashable type: 'slice'"
        : `'${typeName(value)}' object is not subscriptable`,
    );
  }
  const stride = sliceBound(step) ?? 1;
  if (stride === 0) throw valueError('slice step cannot be zero');
  const { length } = sequence;
  const [first, last] = stride > 0 ? [0, length] : [-1, length - 1];
  const within = (bound: number) => Math.max(first, Math.min(last, bound < 0 ? bound + length : bound));
  const from = sliceBound(lower);
  const to = sliceBound(upper);
  const start = from === undefined ? (stride > 0 ? first : last) : within(from);
  const stop = to === undefined ? (stride > 0 ? last : first) : within(to);
  if (stride === 1 && typeof value === 'string') return codePointSlice(value, start, Math.max(start, stop));
  const positions: number[] = [];
  for (let at = start; stride > 0 ? at < stop : at > stop; at += stride) positions.push(at);
  spend(budget, positions.length);
  return sequence.pick(positions);
}
