/** Least and most arguments of what a condition may call. A wrong count is refused when the rule is loaded. */
export type Arity = readonly [least: number, most: number];

export const functionArity = {
  len: [1, 1],
  int: [0, 2],
  float: [0, 1],
  str: [0, 1],
  any: [1, 1],
  all: [1, 1],
  bool: [0, 1],
} as const satisfies Record<string, Arity>;
export type FunctionName = keyof typeof functionArity;

export const methodArity = {
  startswith: [1, 3],
  endswith: [1, 3],
  lower: [0, 0],
  upper: [0, 0],
  strip: [0, 1],
  lstrip: [0, 1],
  rstrip: [0, 1],
  split: [0, 2],
  replace: [2, 3],
  find: [1, 3],
  isdigit: [0, 0],
  get: [1, 2],
  keys: [0, 0],
} as const satisfies Record<string, Arity>;
export type MethodName = keyof typeof methodArity;

export function isFunctionName(name: string): name is FunctionName {
  return Object.hasOwn(functionArity, name);
}

export function isMethodName(name: string): name is MethodName {
  return Object.hasOwn(methodArity, name);
}

/** Code points of a condition. */
export const maxSourceLength = 4096;

/** Levels of nesting of a condition. */
export const maxDepth = 100;

export const allowedFunctions = `the functions are ${Object.keys(functionArity).join(', ')}`;
export const allowedMethods = `the methods are ${Object.keys(methodArity).join(', ')}`;
export const allowedOperators =
  'the operators are == != < <= > >= in, not in, is None, is not None, and, or, not, if/else, + and a leading -';
export const allowedValues =
  "a value is event['Header'], event.get('Header'), a text, a number, True, False, None, a list, tuple or set";
