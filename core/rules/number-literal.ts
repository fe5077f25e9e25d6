import type { Literal } from './literal.ts';

const digits = String.raw`\d(?:_?\d)*`;
const exponent = `[eE][+-]?${digits}`;
const based = /0(?:[xX](?:_?[0-9a-fA-F])+|[oO](?:_?[0-7])+|[bB](?:_?[01])+)/y;
const float = new RegExp(
  `(?:(?:${digits})?\\.${digits}|${digits}\\.)(?:${exponent})?|${digits}${exponent}`,
  'y',
);
const integer = new RegExp(digits, 'y');
// Python lets a keyword follow a number without white space: `1if x else 2`.
const keyword = /and|else|for|i[fns]|not|or/y;
const wordCharacter = /[A-Za-z0-9_\u0080-\uffff]/y;

/**
 * The number literal at `at` as Python's tokenizer reads it (Lexical analysis, 2.4.5 and 2.4.6), undefined where
 * none begins.
 */
export function readNumber(source: string, at: number): Literal<bigint | number> | undefined {
  const text = match(based, source, at) ?? match(float, source, at) ?? match(integer, source, at);
  if (text === undefined) return undefined;
  const end = at + text.length;
  const plain = text.replaceAll('_', '');
  if (match(/[jJ]/y, source, end)) return { end: end + 1, refused: 'there are no imaginary numbers' };
  if (match(wordCharacter, source, end) !== undefined && match(keyword, source, end) === undefined) {
    return { end, refused: 'a number is written like 12, 1_000, 0x1f, 1.5 or 1e3' };
  }
  if (/^0[0_]*[1-9][0-9_]*$/.test(text)) {
    return { end, refused: 'a decimal number has no leading zeros' };
  }
  return { end, value: /^\d+$|^0[xXoObB]/.test(plain) ? BigInt(plain) : Number(plain) };
}

function match(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
}
