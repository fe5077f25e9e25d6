import type { AmiEvent } from '../contracts/ami-event.ts';
import { budgetPerEvaluation } from './budget.ts';
import { compile } from './compile.ts';
import { parse } from './parser.ts';
import { isPythonSpace } from './python-text.ts';
import { PyDict, truthy, type PyValue } from './python-values.ts';

/**
 * Whether a rule wants the event. Throws ConditionFailedError (CONDITION_FAILED) where Python would raise; its
 * message begins with the exception's class.
 */
export type Condition = (event: AmiEvent) => boolean;

/**
 * The condition of a rule, a Python expression over `event`. An empty one holds always. Throws
 * ConditionSyntaxError (CONDITION_SYNTAX, with the column) for what is not in the language.
 */
export function compileCondition(source: string): Condition {
  if (isBlank(source)) return () => true;
  const evaluate = compileExpression(source);
  return (event) => truthy(evaluate(event));
}

/** The same language for its value: what fleet.yaml maps onto the fields of a model. */
export function compileExpression(source: string): (event: AmiEvent) => PyValue {
  const evaluate = compile(parse(source));
  return (event) => evaluate({ event: new PyDict(event), left: budgetPerEvaluation });
}

function isBlank(source: string): boolean {
  return Array.from(source).every((char) => isPythonSpace(char.charCodeAt(0)));
}
