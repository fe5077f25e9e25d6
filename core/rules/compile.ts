import type { Budget } from './budget.ts';
import { compileComparison } from './compile-comparison.ts';
import { functions } from './functions.ts';
import { methodOf } from './methods.ts';
import { add, negate } from './operators.ts';
import { makeSet } from './python-equality.ts';
import { slice, subscript } from './python-subscript.ts';
import { PyDict, PyTuple, truthy, type PyValue } from './python-values.ts';
import type { Expression } from './syntax-tree.ts';

/** One evaluation: the event, and what it may still spend. */
export interface Run extends Budget {
  readonly event: PyDict;
}

export type Evaluate = (run: Run) => PyValue;

/** The expression as a closure. It evaluates in Python's order; every error is a ConditionFailedError. */
export function compile(expression: Expression): Evaluate {
  switch (expression.kind) {
    case 'constant': {
      const { value } = expression;
      return () => value;
    }
    case 'event':
      return (run) => run.event;
    case 'list':
      return compileItems(expression.items);
    case 'tuple': {
      const items = compileItems(expression.items);
      return (run) => new PyTuple(items(run));
    }
    case 'set': {
      const items = compileItems(expression.items);
      return (run) => makeSet(items(run), run);
    }
    case 'not': {
      const operand = compile(expression.operand);
      return (run) => !truthy(operand(run));
    }
    case 'negate': {
      const operand = compile(expression.operand);
      return (run) => negate(operand(run));
    }
    case 'and':
    case 'or':
      return compileBoolean(expression.kind, expression.operands.map(compile));
    case 'add': {
      const left = compile(expression.left);
      const right = compile(expression.right);
      return (run) => add(left(run), right(run), run);
    }
    case 'compare': {
      const rest = expression.rest.map(({ operator, operand }) => ({ operator, operand: compile(operand) }));
      return compileComparison(compile(expression.first), rest);
    }
    case 'if': {
      const test = compile(expression.test);
      const yes = compile(expression.yes);
      const no = compile(expression.no);
      return (run) => (truthy(test(run)) ? yes(run) : no(run));
    }
    case 'subscript':
      return compileSubscript(compile(expression.value), expression.index);
    case 'slice': {
      const value = compile(expression.value);
      const [lower, upper, step] = expression.bounds.map((bound) => bound && compile(bound));
      return (run) =>
        slice(value(run), [lower?.(run) ?? null, upper?.(run) ?? null, step?.(run) ?? null], run);
    }
    case 'method': {
      const value = compile(expression.value);
      const args = compileItems(expression.args);
      return (run) => {
        const method = methodOf(value(run), expression.name);
        return method(args(run), run);
      };
    }
    case 'call': {
      const call = functions[expression.name];
      const args = compileItems(expression.args);
      return (run) => call(args(run), run);
    }
  }
}

function compileItems(items: readonly Expression[]): (run: Run) => readonly PyValue[] {
  const evaluate = items.map(compile);
  return (run) => evaluate.map((item) => item(run));
}

function compileBoolean(kind: 'and' | 'or', operands: readonly Evaluate[]): Evaluate {
  const decides = kind === 'or';
  return (run) => {
    let value: PyValue = null;
    for (const operand of operands) {
      value = operand(run);
      if (truthy(value) === decides) return value;
    }
    return value;
  };
}

function compileSubscript(value: Evaluate, index: Expression): Evaluate {
  if (index.kind === 'constant' && typeof index.value === 'string') {
    const key = index.value;
    // event['Header'] is what most conditions are made of.
    return (run) => {
      const target = value(run);
      return (target instanceof PyDict ? target.get(key) : undefined) ?? subscript(target, key, run);
    };
  }
  const at = compile(index);
  return (run) => subscript(value(run), at(run), run);
}
