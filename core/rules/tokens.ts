import { ConditionSyntaxError } from './condition-error.ts';
import { allowedOperators, maxSourceLength } from './language.ts';
import type { Literal } from './literal.ts';
import { readNumber } from './number-literal.ts';
import { readString } from './string-literal.ts';
import { isPythonSpace } from './python-text.ts';

/**
 * `at` is the offset in UTF-16 units. A token that the language does not have is 'refused' and ends the list:
 * the parser reports it when it gets there, unless something before it is wrong already.
 */
export type Token =
  | { kind: 'name' | 'op'; text: string; at: number }
  | { kind: 'literal'; value: string | bigint | number; text: string; at: number }
  | { kind: 'refused'; message: string; text: string; at: number }
  | { kind: 'end'; text: string; at: number };

const operators = ['==', '!=', '<=', '>=', '<', '>', '+', '-', '(', ')', '[', ']', '{', '}', ',', ':', '.'];
const refusedOperator = /\.\.\.|<>|\*\*|\/\/|<<|>>|:=|->|&&|\|\||===?|[-+*/%@&|^]=|!(?!=)|[*/%@&|^~=?;`$]/y;
const name = /[A-Za-z_][A-Za-z0-9_]*/y;
const stringStart = /([A-Za-z]{0,2})("""|'''|"|')/y;
const space = /[ \t\f]+|#[^\r\n]*|\\(?:\r\n|\r|\n)/y;
const newline = /\r\n?|\n/y;

export function matchAt(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(source);
}

/** 1-based, in code points. */
export function columnOf(source: string, at: number): number {
  return Array.from(source.slice(0, at)).length + 1;
}

/** The condition's tokens; white space around it does not count, as in Python's `eval(source.strip())`. */
export function tokenize(source: string): Token[] {
  if (source.length > maxSourceLength && Array.from(source).length > maxSourceLength) {
    throw new ConditionSyntaxError(
      `a condition has at most ${maxSourceLength} characters`,
      maxSourceLength + 1,
    );
  }
  let at = 0;
  let end = source.length;
  while (at < end && isPythonSpace(source.charCodeAt(at))) at += 1;
  while (end > at && isPythonSpace(source.charCodeAt(end - 1))) end -= 1;
  const text = source.slice(0, end);
  const tokens: Token[] = [];
  let brackets = 0;
  while (at < end) {
    const skipped = matchAt(space, text, at) ?? (brackets > 0 ? matchAt(newline, text, at) : null);
    if (skipped) {
      at += skipped[0].length;
      continue;
    }
    const token = readToken(text, at);
    tokens.push(token);
    if (token.kind === 'refused') return tokens;
    if (token.kind === 'op' && '([{'.includes(token.text)) brackets += 1;
    if (token.kind === 'op' && ')]}'.includes(token.text)) brackets -= 1;
    at += token.text.length;
  }
  tokens.push({ kind: 'end', text: '', at: end });
  return tokens;
}

function readToken(source: string, at: number): Token {
  const quote = matchAt(stringStart, source, at);
  if (quote && isStringPrefix(quote[1] ?? '')) {
    const literal = readString(source, at, quote[1] ?? '', quote[2] ?? '');
    return literalToken(source, at, literal);
  }
  const word = matchAt(name, source, at);
  if (word && !isNonAscii(source, at + word[0].length)) return { kind: 'name', text: word[0], at };
  if (word || isNonAscii(source, at)) {
    const message = 'outside of texts a condition has plain ASCII characters only';
    return { kind: 'refused', message, text: '', at };
  }
  const number = readNumber(source, at);
  if (number) return literalToken(source, at, number);
  const refused = matchAt(refusedOperator, source, at);
  if (refused && refused[0] !== '==') return refuse(refused[0], at);
  const op = operators.find((candidate) => source.startsWith(candidate, at));
  return op === undefined ? refuse(source.charAt(at), at) : { kind: 'op', text: op, at };
}

function literalToken(source: string, at: number, literal: Literal<string | number | bigint>): Token {
  const text = source.slice(at, literal.end);
  if ('refused' in literal) return { kind: 'refused', message: literal.refused, text, at };
  return { kind: 'literal', value: literal.value, text, at };
}

function isStringPrefix(prefix: string): boolean {
  return /^(?:[rubft]|[bft]r|r[bft])?$/i.test(prefix);
}

function isNonAscii(source: string, at: number): boolean {
  return source.charCodeAt(at) > 0x7f;
}

function refuse(text: string, at: number): Token {
  const shown = /^[ -~]+$/.test(text) ? `"${text}"` : 'a control character or a line break';
  const hint = text === '=' ? 'write == to compare' : allowedOperators;
  return {
    kind: 'refused',
    message: `${shown} is not part of the condition language; ${hint}`,
    text,
    at,
  };
}
