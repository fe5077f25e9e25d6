import type { Arity } from './language.ts';
import type { Parser } from './parser-port.ts';
import type { Expression } from './syntax-tree.ts';
import type { Token } from './tokens.ts';

/** `(…)` behind a function or a method: positional arguments only, as many as it takes. */
export function parseArguments(
  parser: Parser,
  called: string,
  [least, most]: Arity,
  token: Token,
): Expression[] {
  const { tokens } = parser;
  tokens.expect('(');
  const args: Expression[] = [];
  while (!tokens.skip(')')) {
    refuseKeyword(parser);
    args.push(parser.expression());
    if (tokens.sees('for') || tokens.sees('async')) {
      throw tokens.unexpected('there are no generator expressions');
    }
    if (!tokens.skip(',')) {
      tokens.expect(')');
      break;
    }
  }
  if (args.length < least || args.length > most) {
    throw tokens.error(`${called} takes ${countOf(least, most)}, not ${args.length}`, token);
  }
  return args;
}

function refuseKeyword(parser: Parser): void {
  const { tokens } = parser;
  const name = tokens.peek();
  const next = tokens.peek(1);
  if (name.kind === 'name' && next.kind === 'refused' && next.text === '=') {
    throw tokens.error(`arguments are given by position, without "${name.text}="`, name);
  }
}

function countOf(least: number, most: number): string {
  if (least !== most) return `${least} to ${most} arguments`;
  return most === 1 ? '1 argument' : most === 0 ? 'no arguments' : `${most} arguments`;
}
