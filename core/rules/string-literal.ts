import type { Literal } from './literal.ts';

const simpleEscapes: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};
const hexLength: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };
const octal = /[0-7]{1,3}/y;

/** The string literal at `at` (Lexical analysis, 2.4.1), its prefix and opening quote already recognized. */
export function readString(source: string, at: number, prefix: string, quote: string): Literal<string> {
  const start = at + prefix.length + quote.length;
  const end = closingQuote(source, start, quote);
  if (end === undefined) return { end: source.length, refused: 'this text has no closing quote' };
  const after = end + quote.length;
  if (/[bft]/i.test(prefix)) {
    return { end: after, refused: `there are no ${prefix}'…' literals; a text is '…', "…" or r'…'` };
  }
  const body = source.slice(start, end).replaceAll(/\r\n?/g, '\n');
  if (!body.isWellFormed())
    return { end: after, refused: 'this text has half a character (a lone surrogate)' };
  if (/r/i.test(prefix)) return { end: after, value: body };
  const decoded = decode(body);
  return typeof decoded === 'string' ? { end: after, value: decoded } : { end: after, ...decoded };
}

function closingQuote(source: string, start: number, quote: string): number | undefined {
  for (let at = start; at < source.length; at += 1) {
    const char = source[at];
    if (char === '\\') at += 1;
    else if (source.startsWith(quote, at)) return at;
    else if (quote.length === 1 && (char === '\n' || char === '\r')) return undefined;
  }
  return undefined;
}

function decode(body: string): string | { refused: string } {
  if (!body.includes('\\')) return body;
  let text = '';
  for (let at = 0; at < body.length; at += 1) {
    const char = body.charAt(at);
    if (char !== '\\') {
      text += char;
      continue;
    }
    at += 1;
    const letter = body.charAt(at);
    const length = hexLength[letter];
    octal.lastIndex = at;
    const octalDigits = octal.exec(body)?.[0];
    if (simpleEscapes[letter] !== undefined) text += simpleEscapes[letter];
    else if (octalDigits !== undefined) {
      text += String.fromCharCode(Number.parseInt(octalDigits, 8));
      at += octalDigits.length - 1;
    } else if (length !== undefined) {
      const digits = body.slice(at + 1, at + 1 + length);
      const point = /^[0-9a-fA-F]+$/.test(digits) ? Number.parseInt(digits, 16) : Number.NaN;
      if (digits.length < length || !(point <= 0x10ffff)) {
        return { refused: `the escape \\${letter} needs ${length} hex digits of a Unicode character` };
      }
      // Half of a pair is a character of its own in Python; here two halves would become one.
      if (point >= 0xd800 && point <= 0xdfff) {
        return { refused: 'no escapes of surrogates; write \\U0001F600 or the character itself' };
      }
      text += String.fromCodePoint(point);
      at += length;
    } else if (letter === 'N') return { refused: 'no characters by name; write \\uXXXX' };
    // An escape that Python does not know keeps its backslash; before a line break both go.
    else if (letter !== '\n') text += `\\${letter}`;
  }
  return text;
}
