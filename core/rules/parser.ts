import { allowedOperators, maxDepth } from './language.ts';
import { parseAtom } from './atom-parser.ts';
import type { Parser } from './parser-port.ts';
import { parseTrailers } from './trailer-parser.ts';
import { depthAbove, type CompareOperator, type Comparison, type Expression } from './syntax-tree.ts';
import { TokenReader } from './token-reader.ts';
import type { Token } from './tokens.ts';

/**
 * The syntax tree of a condition: recursive descent over Python's expression grammar (Expressions, 6.17) as far
 * as the language goes. Throws ConditionSyntaxError.
 */
export function parse(source: string): Expression {
  const parser = new ConditionParser(source);
  const first = parser.expression();
  const tokens = parser.tokens;
  let result = first;
  if (tokens.sees(',')) {
    const items = [first];
    while (tokens.skip(',') && tokens.peek().kind !== 'end') items.push(parser.expression());
    result = { kind: 'tuple', items, depth: depthAbove(items) };
  }
  if (tokens.peek().kind !== 'end') throw tokens.unexpected(allowedOperators);
  return result;
}

const comparisonOperators: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=', 'in']);

class ConditionParser implements Parser {
  readonly tokens: TokenReader;
  #level = 0;

  constructor(source: string) {
    this.tokens = new TokenReader(source);
  }

  expression(): Expression {
    return this.#deeper(() => {
      const yes = this.#boolean('or');
      const token = this.tokens.peek();
      if (!this.tokens.skip('if')) return yes;
      const test = this.#boolean('or');
      this.tokens.expect('else');
      const no = this.expression();
      const depth = depthAbove([yes, test, no]);
      return this.node({ kind: 'if', test, yes, no, depth }, token);
    });
  }

  listUntil(closer: string): { items: Expression[]; comma: boolean } {
    const items: Expression[] = [];
    let comma = false;
    while (!this.tokens.skip(closer)) {
      if (items.length > 0) {
        this.#refuseComprehension();
        if (!this.tokens.skip(',')) throw this.tokens.unexpected(`expected "," or "${closer}"`);
        comma = true;
        if (this.tokens.skip(closer)) break;
      }
      items.push(this.expression());
    }
    return { items, comma };
  }

  node(expression: Expression, token: Token): Expression {
    if (expression.depth > maxDepth) throw this.#tooDeep(token);
    return expression;
  }

  #boolean(kind: 'or' | 'and'): Expression {
    const operand = () => (kind === 'or' ? this.#boolean('and') : this.#not());
    const token = this.tokens.peek();
    const first = operand();
    if (!this.tokens.sees(kind)) return first;
    const operands = [first];
    while (this.tokens.skip(kind)) operands.push(operand());
    return this.node({ kind, operands, depth: depthAbove(operands) }, token);
  }

  #not(): Expression {
    const token = this.tokens.peek();
    if (!this.tokens.skip('not')) return this.#comparison();
    const operand = this.#deeper(() => this.#not());
    return this.node({ kind: 'not', operand, depth: depthAbove([operand]) }, token);
  }

  #comparison(): Expression {
    const token = this.tokens.peek();
    const first = this.#sum();
    const rest: Comparison[] = [];
    for (;;) {
      const at = this.tokens.peek();
      const operator = this.#comparisonOperator();
      if (operator === undefined) break;
      const operand = this.#sum();
      if (operator.startsWith('is') && !isSingleton(operand)) {
        throw this.tokens.error(`"${operator}" compares with None, True or False only; write ==`, at);
      }
      rest.push({ operator, operand });
    }
    if (rest.length === 0) return first;
    const depth = depthAbove([first, ...rest.map((comparison) => comparison.operand)]);
    return this.node({ kind: 'compare', first, rest, depth }, token);
  }

  #comparisonOperator(): CompareOperator | undefined {
    const token = this.tokens.peek();
    if (token.kind !== 'op' && token.kind !== 'name') return undefined;
    if (comparisonOperators.has(token.text)) return this.tokens.take().text as CompareOperator;
    if (this.tokens.skip('is')) return this.tokens.skip('not') ? 'is not' : 'is';
    if (!this.tokens.sees('not') || !this.tokens.sees('in', 1)) return undefined;
    this.tokens.take();
    this.tokens.take();
    return 'not in';
  }

  #sum(): Expression {
    let left = this.#unary();
    for (;;) {
      const token = this.tokens.peek();
      if (this.tokens.sees('-')) {
        throw this.tokens.unexpected(`there is no subtraction; ${allowedOperators}`);
      }
      if (!this.tokens.skip('+')) return left;
      const right = this.#unary();
      left = this.node({ kind: 'add', left, right, depth: depthAbove([left, right]) }, token);
    }
  }

  #unary(): Expression {
    const token = this.tokens.peek();
    if (!this.tokens.skip('-')) return parseTrailers(this, parseAtom(this));
    const operand = this.#deeper(() => this.#unary());
    return this.node({ kind: 'negate', operand, depth: depthAbove([operand]) }, token);
  }

  #refuseComprehension(): void {
    if (this.tokens.sees('for') || this.tokens.sees('async')) {
      throw this.tokens.unexpected('there are no comprehensions and no generator expressions');
    }
  }

  #deeper<T>(read: () => T): T {
    this.#level += 1;
    if (this.#level > maxDepth) throw this.#tooDeep(this.tokens.peek());
    const result = read();
    this.#level -= 1;
    return result;
  }

  #tooDeep(token: Token) {
    return this.tokens.error(`the condition is nested more than ${maxDepth} levels deep`, token);
  }
}

function isSingleton(operand: Expression): boolean {
  return operand.kind === 'constant' && (operand.value === null || typeof operand.value === 'boolean');
}
