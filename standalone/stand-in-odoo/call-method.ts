import type { Environment } from './environment.ts';
import { OdooException } from './odoo-exception.ts';

const tablesOf: Readonly<Record<string, keyof Environment['tables']>> = {
  'asterisk_plus.event': 'events',
  'asterisk_calls.call': 'calls',
  'asterisk_plus.channel': 'channels',
  'asterisk_plus.event_failure': 'failures',
};

function knowsModel(env: Environment, model: string): boolean {
  return Object.hasOwn(tablesOf, model) || [...env.methods.keys()].some((key) => key.startsWith(`${model}/`));
}

function asStrings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

/** `model.method(*args, **kwargs)`; throws OdooException as Odoo would raise. */
export function callMethod(
  env: Environment,
  model: string,
  method: string,
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
): unknown {
  const own = env.methods.get(`${model}/${method}`);
  if (own) return own(env, args, kwargs);
  const table = Object.hasOwn(tablesOf, model) ? tablesOf[model] : undefined;
  if (table !== undefined && method === 'search_read') {
    const limit = kwargs['limit'] ?? args[3];
    const domain = kwargs['domain'] ?? args[0];
    return env.tables[table].searchRead({
      domain: Array.isArray(domain) ? domain : [],
      fields: asStrings(kwargs['fields'] ?? args[1]),
      limit: typeof limit === 'number' ? limit : undefined,
      order: typeof kwargs['order'] === 'string' ? kwargs['order'] : undefined,
    });
  }
  if (table !== undefined && method === 'fields_get') {
    return Object.fromEntries(env.tables[table].fields.map((field) => [field, { type: 'char' }]));
  }
  if (!knowsModel(env, model)) {
    throw new OdooException('odoo.exceptions.UserError', `Object ${model} doesn't exist`);
  }
  throw new OdooException('builtins.AttributeError', `The method '${model}.${method}' does not exist`);
}

/** Whether a rule or callback may name it. */
export function methodProblem(env: Environment, model: string, method: string): string | undefined {
  if (!knowsModel(env, model)) return `there is no model ${model}`;
  return env.methods.has(`${model}/${method}`) ? undefined : `there is no method ${model}.${method}`;
}
