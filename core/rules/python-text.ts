/** Python's strings count code points, JavaScript's UTF-16 units: everything that counts goes through here. */

const surrogates = /[\ud800-\udfff]/;

/** True when the text has characters outside of the basic plane, which take two UTF-16 units. */
export function hasAstral(text: string): boolean {
  return surrogates.test(text);
}

/** len(text) */
export function codePointLength(text: string): number {
  if (!hasAstral(text)) return text.length;
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}

/** text[start:end] with 0 <= start, end already within the text. */
export function codePointSlice(text: string, start: number, end: number): string {
  if (!hasAstral(text)) return text.slice(start, end);
  return Array.from(text).slice(start, end).join('');
}

/** str.isspace of one UTF-16 unit (no character outside of the basic plane is white space). */
export function isPythonSpace(unit: number): boolean {
  if (unit < 0x80) return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d) || (unit >= 0x1c && unit <= 0x1f);
  return (
    unit === 0x85 ||
    unit === 0xa0 ||
    unit === 0x1680 ||
    (unit >= 0x2000 && unit <= 0x200a) ||
    unit === 0x2028 ||
    unit === 0x2029 ||
    unit === 0x202f ||
    unit === 0x205f ||
    unit === 0x3000
  );
}

/** Less than 0, 0 or more than 0, by code points. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

// UTF-16 puts surrogates below U+E000..U+FFFF, their characters stand above.
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}

const decimalDigit = /\p{Nd}/u;
// Numeric_Type=Digit that is not Decimal: superscripts, circled and other digits (UnicodeData.txt, field 7).
const otherDigit =
  /[\u00b2\u00b3\u00b9\u1369-\u1371\u19da\u2070\u2074-\u2079\u2080-\u2089\u2460-\u2468\u2474-\u247c\u2488-\u2490\u24ea\u24f5-\u24fd\u24ff\u2776-\u277e\u2780-\u2788\u278a-\u2792\u{10a40}-\u{10a43}\u{10e60}-\u{10e68}\u{11052}-\u{1105a}\u{1f100}-\u{1f10a}]/u;

/** str.isdigit */
export function isDigits(text: string): boolean {
  if (text === '') return false;
  for (const char of text) if (!decimalDigit.test(char) && !otherDigit.test(char)) return false;
  return true;
}

/** unicodedata.decimal: 0 to 9, undefined when the character is no decimal digit. */
export function decimalValue(char: string): number | undefined {
  if (!decimalDigit.test(char)) return undefined;
  // Decimal digits come in runs of ten, each starting with its zero.
  const point = char.codePointAt(0) ?? 0;
  let start = point;
  while (decimalDigit.test(String.fromCodePoint(start - 1))) start -= 1;
  return (point - start) % 10;
}
