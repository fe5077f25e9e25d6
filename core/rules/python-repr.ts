import { limitExceeded, maxTextLength, spendText, type Budget } from './budget.ts';
import { typeError, valueError } from './condition-error.ts';
import { isList, type PyDict, PyKeys, PySet, PyTuple, type PyValue } from './python-values.ts';

/** Digits that CPython converts between int and str at most (sys.int_info.default_max_str_digits). */
export const maxIntDigits = 4300;
const tooManyDigits = 10n ** BigInt(maxIntDigits);

/** str(value) */
export function pythonStr(value: PyValue, budget: Budget): string {
  return typeof value === 'string' ? value : pythonRepr(value, budget);
}

/** repr(value). A set has no order of its own, so its text would differ from Python's: refused. */
export function pythonRepr(value: PyValue, budget: Budget): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'bigint') return spent(reprInt(value), budget);
  if (typeof value === 'number') return reprFloat(value);
  if (typeof value === 'string') return reprText(value, budget);
  if (isList(value)) return spent(`[${reprItems(value, budget)}]`, budget);
  if (value instanceof PyTuple) {
    const comma = value.items.length === 1 ? ',' : '';
    return spent(`(${reprItems(value.items, budget)}${comma})`, budget);
  }
  if (value instanceof PySet) throw typeError('str() of a set is not offered: a set has no order');
  if (value instanceof PyKeys) return spent(`dict_keys([${reprItems(value.dict.keys(), budget)}])`, budget);
  return reprDict(value, budget);
}

function reprDict(dict: PyDict, budget: Budget): string {
  const pairs = dict
    .keys()
    .map((key) => `${pythonRepr(key, budget)}: ${pythonRepr(dict.get(key) ?? null, budget)}`);
  return spent(`{${pairs.join(', ')}}`, budget);
}

function reprItems(items: readonly PyValue[], budget: Budget): string {
  return items.map((item) => pythonRepr(item, budget)).join(', ');
}

function spent(text: string, budget: Budget): string {
  spendText(budget, text.length);
  return text;
}

function reprInt(value: bigint): string {
  if (value >= tooManyDigits || value <= -tooManyDigits) {
    throw valueError(`Exceeds the limit (${maxIntDigits} digits) for integer string conversion`);
  }
  return value.toString();
}

/** The shortest digits that read back as the same float, as both languages find them, in Python's layout. */
function reprFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const [mantissa = '0', power = '0'] = Math.abs(value).toExponential().split('e');
  const digits = mantissa.replace('.', '');
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    const size = String(Math.abs(exponent)).padStart(2, '0');
    return `${sign}${digits.charAt(0)}${fraction}e${exponent < 0 ? '-' : '+'}${size}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
const plain = /^[ -&(-[\]-~]*$/;
// str.isprintable: everything but the categories Other and Separator, and the space.
const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

function reprText(text: string, budget: Budget): string {
  spendText(budget, text.length);
  if (plain.test(text)) return `'${text}'`;
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let shown = quote;
  for (const char of text) {
    if (char === quote) shown += `\\${char}`;
    else shown += escapes[char] ?? (printable.test(char) ? char : escaped(char.codePointAt(0) ?? 0));
    if (shown.length > maxTextLength) throw limitExceeded('the condition makes a text that is too long');
  }
  return shown + quote;
}

function escaped(point: number): string {
  const hex = point.toString(16);
  if (point < 0x100) return `\\x${hex.padStart(2, '0')}`;
  return point < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
