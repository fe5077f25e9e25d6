import type { AmiEvent, AmiValue } from '../contracts/ami-event.ts';
import { codePointLength } from './python-text.ts';

/**
 * A Python value: None is null, an int a bigint, a float a number, a list an array. There are no variables and
 * nothing that changes a value, so identity never shows but for `is` with None, True and False; in particular
 * two NaN are never the same object.
 */
export type PyValue = null | boolean | bigint | number | string | PyList | PyTuple | PySet | PyDict | PyKeys;
export type PyList = readonly PyValue[];

export class PyTuple {
  readonly items: readonly PyValue[];
  constructor(items: readonly PyValue[]) {
    this.items = items;
  }
}

/** Members by what they hash to (see hashKey); those with a NaN in them are equal to nothing. */
export class PySet {
  readonly members: ReadonlyMap<string, PyValue>;
  readonly loners: readonly PyValue[];
  constructor(members: ReadonlyMap<string, PyValue>, loners: readonly PyValue[]) {
    this.members = members;
    this.loners = loners;
  }
}

/** `event` itself. Only its own properties count: `event['__proto__']` is a header or a KeyError. */
export class PyDict {
  readonly event: AmiEvent;
  constructor(event: AmiEvent) {
    this.event = event;
  }
  get(key: string): PyValue | undefined {
    if (!Object.hasOwn(this.event, key)) return undefined;
    const value = this.event[key];
    return value === undefined ? undefined : fromHeader(value);
  }
  keys(): string[] {
    return Object.keys(this.event);
  }
}

/** event.keys() */
export class PyKeys {
  readonly dict: PyDict;
  constructor(dict: PyDict) {
    this.dict = dict;
  }
}

/** A header's value; a number is an int or a float as JSON would write it (Odoo reads the same event so). */
function fromHeader(value: AmiValue): PyValue {
  if (typeof value !== 'number') return value;
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? BigInt(value) : value;
}

export function isList(value: PyValue): value is PyList {
  return Array.isArray(value);
}

/** type(value).__name__ */
export function typeName(value: PyValue): string {
  if (value === null) return 'NoneType';
  if (value instanceof PyTuple) return 'tuple';
  if (value instanceof PySet) return 'set';
  if (value instanceof PyDict) return 'dict';
  if (value instanceof PyKeys) return 'dict_keys';
  if (isList(value)) return 'list';
  if (typeof value === 'string') return 'str';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'bigint' ? 'int' : 'float';
}

/** bool(value) */
export function truthy(value: PyValue): boolean {
  if (typeof value !== 'object' || value === null) {
    return value !== null && value !== '' && value !== false && value !== 0n && value !== 0;
  }
  return lengthOf(value) !== 0;
}

/** len(value), undefined where the type has none. */
export function lengthOf(value: PyValue): number | undefined {
  if (typeof value === 'string') return codePointLength(value);
  if (typeof value !== 'object' || value === null) return undefined;
  if (value instanceof PyTuple) return value.items.length;
  if (value instanceof PySet) return value.members.size + value.loners.length;
  if (value instanceof PyDict) return value.keys().length;
  if (value instanceof PyKeys) return value.dict.keys().length;
  return value.length;
}

/** What iterating over the value gives, undefined where it can not be iterated. */
export function itemsOf(value: PyValue): readonly PyValue[] | undefined {
  if (typeof value === 'string') return Array.from(value);
  if (typeof value !== 'object' || value === null) return undefined;
  if (value instanceof PyTuple) return value.items;
  if (value instanceof PySet) return [...value.members.values(), ...value.loners];
  if (value instanceof PyDict) return value.keys();
  if (value instanceof PyKeys) return value.dict.keys();
  return value;
}

/** The value as an index (`__index__`), undefined for what is neither int nor bool. */
export function asIndex(value: PyValue): bigint | undefined {
  if (typeof value === 'bigint') return value;
  return typeof value === 'boolean' ? BigInt(value) : undefined;
}
