import { spend, spendSearch, spendText, type Budget } from './budget.ts';
import { overflowError, typeError, valueError } from './condition-error.ts';
import { clampBound, sliceBound } from './python-subscript.ts';
import { codePointLength, codePointSlice, isDigits, isPythonSpace } from './python-text.ts';
import { splitAt, splitWords } from './text-split.ts';
import { asIndex, PyTuple, typeName, type PyValue } from './python-values.ts';

type Arguments = readonly PyValue[];
export type TextMethod = (text: string, args: Arguments, budget: Budget) => PyValue;

/** The methods of str that a condition may call. Argument counts are checked by the parser. */
export const textMethods = {
  startswith: (text, args, budget) => hasAffix('startswith', text, args, budget),
  endswith: (text, args, budget) => hasAffix('endswith', text, args, budget),
  lower: (text, _args, budget) => {
    spendText(budget, text.length);
    return text.toLowerCase();
  },
  upper: (text, _args, budget) => {
    spendText(budget, text.length);
    return text.toUpperCase();
  },
  strip: (text, args, budget) => strip(text, args, budget, true, true),
  lstrip: (text, args, budget) => strip(text, args, budget, true, false),
  rstrip: (text, args, budget) => strip(text, args, budget, false, true),
  split: (text, [separator = null, most = -1n], budget) => {
    const limit = countOf(most);
    if (separator === null) return splitWords(text, limit, budget);
    if (typeof separator !== 'string') throw typeError(`must be str or None, not ${typeName(separator)}`);
    if (separator === '') throw valueError('empty separator');
    return splitAt(text, separator, limit, budget);
  },
  replace: (text, [from = null, to = null, most = -1n], budget) => {
    if (typeof from !== 'string') throw wrongArgument('replace', 1, 'str', from);
    if (typeof to !== 'string') throw wrongArgument('replace', 2, 'str', to);
    return replace(text, from, to, countOf(most), budget);
  },
  find: (text, [wanted = null, start = null, end = null], budget) => {
    if (typeof wanted !== 'string') throw typeError(`must be str, not ${typeName(wanted)}`);
    const part = within(text, start, end, budget);
    if (part === undefined) return -1n;
    spendSearch(budget, part.text, wanted);
    const at = part.text.indexOf(wanted);
    return at < 0 ? -1n : BigInt(part.start + codePointLength(part.text.slice(0, at)));
  },
  isdigit: (text, _args, budget) => {
    spend(budget, text.length);
    return isDigits(text);
  },
} as const satisfies Record<string, TextMethod>;

/** text[start:end] as str.find and its kin see it; undefined when start is past the end. */
function within(text: string, start: PyValue, end: PyValue, budget: Budget) {
  const from = sliceBound(start) ?? 0;
  const to = sliceBound(end);
  if (from === 0 && to === undefined) return { text, start: 0 };
  spend(budget, text.length);
  const length = codePointLength(text);
  const first = from < 0 ? clampBound(from, length) : from;
  const last = to === undefined ? length : clampBound(to, length);
  return first > last ? undefined : { text: codePointSlice(text, first, last), start: first };
}

function hasAffix(
  method: 'startswith' | 'endswith',
  text: string,
  [affixes = null, start = null, end = null]: Arguments,
  budget: Budget,
): boolean {
  const part = within(text, start, end, budget);
  const test = (affix: string) => {
    spend(budget, Math.min(affix.length, text.length));
    if (part === undefined) return false;
    return method === 'startswith' ? part.text.startsWith(affix) : part.text.endsWith(affix);
  };
  if (typeof affixes === 'string') return test(affixes);
  if (!(affixes instanceof PyTuple)) {
    throw typeError(`${method} first arg must be str or a tuple of str, not ${typeName(affixes)}`);
  }
  // As in CPython, an item that is no str is noticed only when it is its turn.
  return affixes.items.some((affix) => {
    if (typeof affix !== 'string') {
      throw typeError(`tuple for ${method} must only contain str, not ${typeName(affix)}`);
    }
    return test(affix);
  });
}

function strip(
  text: string,
  [characters = null]: Arguments,
  budget: Budget,
  left: boolean,
  right: boolean,
): string {
  if (characters !== null && typeof characters !== 'string') {
    throw typeError(`strip arg must be None or str, not ${typeName(characters)}`);
  }
  spend(budget, text.length + (characters?.length ?? 0));
  const points = Array.from(text);
  const set = characters === null ? undefined : new Set(characters);
  const goes = (char: string | undefined) =>
    char !== undefined && (set ? set.has(char) : isPythonSpace(char.charCodeAt(0)));
  let start = 0;
  let end = points.length;
  if (left) while (start < end && goes(points[start])) start += 1;
  if (right) while (end > start && goes(points[end - 1])) end -= 1;
  return points.slice(start, end).join('');
}

function replace(text: string, from: string, to: string, most: number, budget: Budget): string {
  spendSearch(budget, text, from);
  const parts = from === '' ? ['', ...Array.from(text), ''] : text.split(from);
  spend(budget, parts.length);
  const count = most < 0 ? parts.length - 1 : Math.min(most, parts.length - 1);
  if (count === 0) return text;
  spendText(budget, text.length + count * (to.length - from.length));
  const head = parts.slice(0, count + 1).join(to);
  return count === parts.length - 1 ? head : [head, ...parts.slice(count + 1)].join(from);
}

const maxSize = 2n ** 63n;

/** An argument that counts: an int that fits C's ssize_t. Below 0 means without a limit. */
function countOf(value: PyValue): number {
  const count = asIndex(value);
  if (count === undefined) throw typeError(`'${typeName(value)}' object cannot be interpreted as an integer`);
  if (count >= maxSize || count < -maxSize)
    throw overflowError('Python int too large to convert to C ssize_t');
  return count < 0n ? -1 : Number(count);
}

function wrongArgument(method: string, position: number, wanted: string, got: PyValue) {
  return typeError(`${method}() argument ${position} must be ${wanted}, not ${typeName(got)}`);
}
