import { allowedFunctions, allowedValues, functionArity, isFunctionName } from './language.ts';
import { parseArguments } from './arguments-parser.ts';
import type { Parser } from './parser-port.ts';
import { depthAbove, type Expression } from './syntax-tree.ts';
import type { Token } from './tokens.ts';

const constants: ReadonlyMap<string, null | boolean> = new Map([
  ['None', null],
  ['True', true],
  ['False', false],
]);

/** A name, a literal, a display or something in parentheses. */
export function parseAtom(parser: Parser): Expression {
  const { tokens } = parser;
  const token = tokens.peek();
  if (token.kind === 'literal') return parseLiteral(parser);
  if (token.kind === 'name') return parseName(parser, token);
  if (token.kind !== 'op') throw tokens.unexpected();
  switch (token.text) {
    case '(': {
      tokens.take();
      const { items, comma } = parser.listUntil(')');
      const [only] = items;
      if (only && items.length === 1 && !comma) return only;
      return parser.node({ kind: 'tuple', items, depth: depthAbove(items) }, token);
    }
    case '[': {
      tokens.take();
      const { items } = parser.listUntil(']');
      return parser.node({ kind: 'list', items, depth: depthAbove(items) }, token);
    }
    case '{':
      return parseSet(parser, token);
    default:
      throw tokens.unexpected();
  }
}

function parseLiteral(parser: Parser): Expression {
  const { tokens } = parser;
  const token = tokens.take();
  let value = token.kind === 'literal' ? token.value : '';
  // Texts that follow each other are one.
  for (let next = tokens.peek(); typeof value === 'string'; next = tokens.peek()) {
    if (next.kind !== 'literal' || typeof next.value !== 'string') break;
    value += next.value;
    tokens.take();
  }
  return { kind: 'constant', value, depth: 1 };
}

function parseName(parser: Parser, token: Token): Expression {
  const { tokens } = parser;
  const name = token.text;
  const constant = constants.get(name);
  if (constant !== undefined) {
    tokens.take();
    return { kind: 'constant', value: constant, depth: 1 };
  }
  if (name === 'event') {
    tokens.take();
    return { kind: 'event', depth: 1 };
  }
  if (name === 'not') throw tokens.unexpected('put it in parentheses: (not …)');
  const called = tokens.sees('(', 1);
  if (!isFunctionName(name)) {
    const hint = called ? allowedFunctions : allowedValues;
    throw tokens.error(`"${name}" is not part of the condition language; ${hint}`, token);
  }
  if (!called) throw tokens.error(`${name} is a function: call it, like ${name}(…)`, token);
  tokens.take();
  const args = parseArguments(parser, `${name}()`, functionArity[name], token);
  return parser.node({ kind: 'call', name, args, depth: depthAbove(args) }, token);
}

function parseSet(parser: Parser, token: Token): Expression {
  const { tokens } = parser;
  const noDict = () => tokens.error(`there are no dicts but event; ${allowedValues}`, token);
  tokens.take();
  const next = tokens.peek();
  if (tokens.sees('}') || (next.kind === 'refused' && next.text === '**')) throw noDict();
  const first = parser.expression();
  if (tokens.sees(':')) throw noDict();
  if (!tokens.sees('}') && !tokens.sees(',') && !tokens.sees('for')) throw tokens.unexpected('expected "}"');
  const items = [first];
  if (tokens.skip(',') || tokens.sees('for')) {
    if (tokens.sees('for')) throw tokens.unexpected('there are no comprehensions');
    items.push(...parser.listUntil('}').items);
  } else {
    tokens.expect('}');
  }
  return parser.node({ kind: 'set', items, depth: depthAbove(items) }, token);
}
