import type { Budget } from './budget.ts';
import { ConditionFailedError } from './condition-error.ts';
import type { MethodName } from './language.ts';
import { hashKey } from './python-equality.ts';
import { PyDict, PyKeys, typeName, type PyValue } from './python-values.ts';
import { textMethods } from './text-methods.ts';

/** A method found on its value, to be called once its arguments are known. */
export type BoundMethod = (args: readonly PyValue[], budget: Budget) => PyValue;

/** value.name; raises AttributeError before any argument is evaluated, as Python does. */
export function methodOf(value: PyValue, name: MethodName): BoundMethod {
  if (name === 'get' || name === 'keys') {
    if (value instanceof PyDict) return name === 'get' ? getOf(value) : () => new PyKeys(value);
  } else if (typeof value === 'string') {
    return (args, budget) => textMethods[name](value, args, budget);
  }
  throw new ConditionFailedError('AttributeError', `'${typeName(value)}' object has no attribute '${name}'`);
}

function getOf(dict: PyDict): BoundMethod {
  return ([key = null, otherwise = null], budget) => {
    hashKey(key, budget);
    return (typeof key === 'string' ? dict.get(key) : undefined) ?? otherwise;
  };
}
