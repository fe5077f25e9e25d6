import { dangerousCall, steeringVariables } from './policy-defaults.ts';
import { refuse } from './policy-refusal.ts';

/** `name=` with Asterisk's inheritance underscores; names are letters, digits and underscores. */
const plainName = /^\s*_{0,2}([A-Za-z][A-Za-z0-9_]*)\s*=/;
/** `FUNC(args)=`, args without quotes, escapes, parentheses and "=": Asterisk and we read these alike. */
const functionCall = /^\s*([A-Za-z_][A-Za-z0-9_]*\([^()"\\=]*\))\s*=/;

/**
 * Checks one `Variable` header. Asterisk splits it at commas into `name=value` pairs, honouring quotes,
 * parentheses and backslashes; we look behind every comma, so whatever Asterisk takes for a pair was checked.
 * (Tried on Asterisk 22.10.1: `A=1,"CALLERID(name)"=x` and `A=1,CALL\ERID(name)=x` both set the function.)
 * The price: a value that holds a comma and then something like `x(…)=` is refused.
 */
export function checkVariables(header: string, allowed: readonly string[]): void {
  if (dangerousCall.test(header.replace(/["\\]/g, ''))) {
    throw refuse('a call of this dialplan function in Variable', null);
  }
  let rest = header;
  for (let first = true; first || rest !== ''; first = false) {
    const matched = checkPair(rest, first, allowed);
    const comma = rest.slice(matched).search(/[,|]/);
    rest = comma === -1 ? '' : rest.slice(matched + comma + 1);
  }
}

/** Checks the pair at the start of `text` and returns how many characters its name took. */
function checkPair(text: string, first: boolean, allowed: readonly string[]): number {
  const plain = plainName.exec(text);
  if (plain) {
    const name = plain[1] ?? '';
    if (steeringVariables.has(name.toUpperCase()) && !allowed.includes(name)) {
      throw refuse(`setting the variable ${name}`, 'variables');
    }
    return plain[0].length;
  }
  const call = functionCall.exec(text);
  if (call) {
    const name = call[1] ?? '';
    if (!allowed.some((pattern) => permits(pattern, name))) {
      throw refuse(`setting ${name.slice(0, 64)} in Variable`, 'variables');
    }
    return call[0].length;
  }
  const [piece = ''] = text.split(/[,|]/, 1);
  // A later piece without "=" is the rest of a value (Asterisk drops it, or it was quoted): it sets nothing. But
  // one that opens a parenthesis or quote would swallow the next comma and make another name of what follows.
  if (first || /[=("\\]/.test(piece)) {
    throw refuse('a Variable that is not name=value with a plain name', null);
  }
  return 0;
}

function permits(pattern: string, call: string): boolean {
  return pattern.endsWith('*') ? call.startsWith(pattern.slice(0, -1)) : call === pattern;
}

/** `Variables: a,b` of Status reads; `FUNC(…)` there would evaluate a dialplan function. */
export function checkReadVariables(header: string): void {
  if (!/^[\w,\s]*$/.test(header)) throw refuse('anything but plain variable names in Variables', null);
}
