import type { FunctionName, MethodName } from './language.ts';
import type { OrderOperator } from './python-ordering.ts';

export type CompareOperator = OrderOperator | '==' | '!=' | 'in' | 'not in' | 'is' | 'is not';

/** `depth`: levels of Python's own syntax tree below and with this node; parentheses do not count. */
export type Expression = { readonly depth: number } & (
  | { kind: 'constant'; value: null | boolean | bigint | number | string }
  | { kind: 'event' }
  | { kind: 'list' | 'tuple' | 'set'; items: readonly Expression[] }
  | { kind: 'not' | 'negate'; operand: Expression }
  | { kind: 'and' | 'or'; operands: readonly Expression[] }
  | { kind: 'add'; left: Expression; right: Expression }
  | { kind: 'compare'; first: Expression; rest: readonly Comparison[] }
  | { kind: 'if'; test: Expression; yes: Expression; no: Expression }
  | { kind: 'subscript'; value: Expression; index: Expression }
  | { kind: 'slice'; value: Expression; bounds: readonly (Expression | undefined)[] }
  | { kind: 'method'; value: Expression; name: MethodName; args: readonly Expression[] }
  | { kind: 'call'; name: FunctionName; args: readonly Expression[] }
);

export interface Comparison {
  operator: CompareOperator;
  operand: Expression;
}

/** What the node's depth is, given its parts. */
export function depthAbove(parts: readonly (Expression | undefined)[], levels = 1): number {
  return levels + Math.max(0, ...parts.map((part) => part?.depth ?? 0));
}
