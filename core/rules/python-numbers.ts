import { limitExceeded } from './budget.ts';
import { overflowError, typeError, valueError } from './condition-error.ts';
import { maxIntDigits } from './python-repr.ts';
import { decimalValue, isPythonSpace } from './python-text.ts';
import { asIndex, typeName, type PyValue } from './python-values.ts';

/** Python bounds the digits of other bases by memory alone. */
const maxBinaryDigits = 5000;
const digitsAtOnce = 8;

/** int(value) */
export function pythonInt(value: PyValue): bigint {
  if (typeof value === 'string') return parseInteger(value, 10);
  if (typeof value === 'number') {
    if (Number.isNaN(value)) throw valueError('cannot convert float NaN to integer');
    if (!Number.isFinite(value)) throw overflowError('cannot convert float infinity to integer');
    return BigInt(Math.trunc(value));
  }
  const int = asIndex(value);
  if (int !== undefined) return int;
  const accepted = 'a string, a bytes-like object or a real number';
  throw typeError(`int() argument must be ${accepted}, not '${typeName(value)}'`);
}

/** int(value, base) */
export function pythonIntOfBase(value: PyValue, base: PyValue): bigint {
  const radix = asIndex(base);
  if (radix === undefined) {
    throw typeError(`'${typeName(base)}' object cannot be interpreted as an integer`);
  }
  if (radix !== 0n && (radix < 2n || radix > 36n)) {
    throw valueError('int() base must be >= 2 and <= 36, or 0');
  }
  if (typeof value !== 'string') throw typeError("int() can't convert non-string with explicit base");
  return parseInteger(value, Number(radix));
}

/** float(value) */
export function pythonFloat(value: PyValue): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string') return parseFloat(value);
  const int = asIndex(value);
  if (int !== undefined) return toFloat(int);
  throw typeError(`float() argument must be a string or a real number, not '${typeName(value)}'`);
}

/** The float nearest to an int. */
export function toFloat(value: bigint): number {
  const float = Number(value);
  if (!Number.isFinite(float)) throw overflowError('int too large to convert to float');
  return float;
}

const prefixed = /^0(?:([xX])|([oO])|([bB]))_?(?=[0-9a-zA-Z])/;

function parseInteger(text: string, base: number): bigint {
  const refused = () => valueError(`invalid literal for int() with base ${base}: '${text}'`);
  const parts = /^([+-]?)([0-9a-zA-Z_]+)$/.exec(toAscii(text));
  if (!parts) throw refused();
  let digits = parts[2] ?? '';
  let radix = base;
  const prefix = prefixed.exec(digits);
  const prefixBase = prefix ? (prefix[1] ? 16 : prefix[2] ? 8 : 2) : 10;
  if (prefix && (base === 0 || base === prefixBase)) {
    digits = digits.slice(prefix[0].length);
    radix = prefixBase;
  } else if (base === 0) {
    if (/^0[0_]*[^0_]/.test(digits)) throw refused();
    radix = 10;
  }
  if (!/^[0-9a-zA-Z]+(?:_[0-9a-zA-Z]+)*$/.test(digits)) throw refused();
  digits = digits.replaceAll('_', '').toLowerCase();
  const powerOfTwo = (radix & (radix - 1)) === 0;
  if (!powerOfTwo && digits.length > maxIntDigits) {
    // CPython looks at the digits first: what is no number at all is reported as such, both are a ValueError.
    throw valueError(`Exceeds the limit (${maxIntDigits} digits) for integer string conversion`);
  }
  if (digits.length > maxBinaryDigits) throw limitExceeded('the condition makes a number that is too long');
  let value = 0n;
  for (let at = 0; at < digits.length; at += digitsAtOnce) {
    const group = digits.slice(at, at + digitsAtOnce);
    if (Array.from(group).some((digit) => Number.parseInt(digit, 36) >= radix)) throw refused();
    value = value * BigInt(radix ** group.length) + BigInt(Number.parseInt(group, radix));
  }
  return parts[1] === '-' ? -value : value;
}

const decimal = /^[+-]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+(?:_\d+)*)?$/;
const special = /^([+-]?)(?:(inf(?:inity)?)|nan)$/i;

function parseFloat(text: string): number {
  const plain = toAscii(text);
  if (decimal.test(plain)) return Number(plain.replaceAll('_', ''));
  const named = special.exec(plain);
  if (!named) throw valueError(`could not convert string to float: '${text}'`);
  if (named[2] === undefined) return Number.NaN;
  return named[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/**
 * Decimal digits of any script as ASCII and white space off the ends. CPython maps white space beyond ASCII to
 * a space first and then strips what C's isspace knows, so that '\x1c' stays and is refused.
 */
function toAscii(text: string): string {
  let plain = '';
  for (const char of text) {
    const unit = char.charCodeAt(0);
    if (unit < 0x7f) plain += char;
    else if (isPythonSpace(unit)) plain += ' ';
    else plain += decimalValue(char) ?? '?';
  }
  return plain.replace(/^[\t-\r ]+/, '').replace(/[\t-\r ]+$/, '');
}
