import type { Json } from '../contracts/job.ts';

type JsonObject = { [key: string]: Json };

/** kwargs of `asterisk.manager_action` that are options and no AMI headers. */
const optionNames = new Set(['as_list', 'timeout']);

/**
 * The AMI actions that the arguments of `asterisk.manager_action` name, in order, as they came. Odoo code in
 * the wild passes a bare dict (the door wraps it), a list with one dict, a list of dicts, a list inside the
 * list, `kwargs = {action: …}`, or the headers themselves as kwargs. Anything else is left out, so that an
 * empty list means "no action named".
 */
export function actionArguments(args: readonly Json[], kwargs: JsonObject): JsonObject[] {
  return [...dictsOf(args), ...actionsOfKwargs(kwargs)];
}

function actionsOfKwargs(kwargs: JsonObject): JsonObject[] {
  const named = Object.entries(kwargs).find(([key]) => key.toLowerCase() === 'action');
  if (named === undefined) return [];
  if (typeof named[1] !== 'string') return dictsOf([named[1]]);
  return [Object.fromEntries(Object.entries(kwargs).filter(([key]) => !optionNames.has(key)))];
}

function dictsOf(values: readonly Json[]): JsonObject[] {
  return values.flatMap((value) => {
    if (Array.isArray(value)) return dictsOf(value);
    return value !== null && typeof value === 'object' ? [value] : [];
  });
}

/** The action's name in lower case, '' where it has none. */
export function actionName(action: JsonObject): string {
  for (const [key, value] of Object.entries(action)) {
    if (key.toLowerCase() === 'action' && typeof value === 'string') return value.trim().toLowerCase();
  }
  return '';
}
