import { parseArguments } from './arguments-parser.ts';
import { allowedMethods, isMethodName, methodArity } from './language.ts';
import type { Parser } from './parser-port.ts';
import { depthAbove, type Expression } from './syntax-tree.ts';

/** What follows an atom: `.method(…)`, `[index]`, `[from:to:step]`, any number of them. */
export function parseTrailers(parser: Parser, atom: Expression): Expression {
  const { tokens } = parser;
  let value = atom;
  for (;;) {
    if (tokens.skip('.')) value = parseMethod(parser, value);
    else if (tokens.sees('[')) value = parseSubscript(parser, value);
    else if (tokens.sees('(')) throw tokens.unexpected('only functions and methods can be called');
    else return value;
  }
}

function parseMethod(parser: Parser, value: Expression): Expression {
  const { tokens } = parser;
  const token = tokens.peek();
  if (token.kind !== 'name') throw tokens.unexpected(allowedMethods);
  const name = token.text;
  const called = tokens.sees('(', 1);
  if (!isMethodName(name)) {
    const hint = called ? allowedMethods : `write event['${name}'] for a header; ${allowedMethods}`;
    throw tokens.error(`".${name}" is not part of the condition language; ${hint}`, token);
  }
  if (!called) throw tokens.error(`.${name} is a method: call it, like .${name}(…)`, token);
  tokens.take();
  const args = parseArguments(parser, `.${name}()`, methodArity[name], token);
  // In Python's tree the attribute and its call are a node each.
  const depth = Math.max(depthAbove([value], 2), depthAbove(args));
  return parser.node({ kind: 'method', value, name, args, depth }, token);
}

function parseSubscript(parser: Parser, value: Expression): Expression {
  const { tokens } = parser;
  const token = tokens.take();
  const first = tokens.sees(':') ? undefined : parser.expression();
  if (tokens.sees(':')) {
    const bounds = [first, parseBound(parser), parseBound(parser)];
    tokens.expect(']');
    // Python's Slice is a node of its own.
    const depth = Math.max(depthAbove(bounds, 2), depthAbove([value]));
    return parser.node({ kind: 'slice', value, bounds, depth }, token);
  }
  let index = first ?? noIndex(parser);
  if (tokens.skip(',')) {
    const items = [index, ...parser.listUntil(']').items];
    index = { kind: 'tuple', items, depth: depthAbove(items) };
  } else {
    tokens.expect(']');
  }
  return parser.node({ kind: 'subscript', value, index, depth: depthAbove([value, index]) }, token);
}

/** `:` and what follows it, if anything. */
function parseBound(parser: Parser): Expression | undefined {
  const { tokens } = parser;
  if (!tokens.skip(':')) return undefined;
  return tokens.sees(':') || tokens.sees(']') ? undefined : parser.expression();
}

function noIndex(parser: Parser): never {
  throw parser.tokens.unexpected();
}
