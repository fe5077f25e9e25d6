import * as z from 'zod';
import { odooFieldSchema, ruleSchema } from '../contracts/rule.ts';
import { messageOf } from '../errors/odoopbx-error.ts';
import { compileCondition, compileExpression } from '../rules/condition.ts';

const maxFields = 100;
const { id, name, model, method, delay, condition, values } = ruleSchema.shape;

/**
 * A rule for an Odoo without the addon: what `asterisk_plus.event` would hold. With `values` the event becomes a
 * record of any model, standard or Studio-made: no Python in Odoo is needed at all.
 */
export const localRuleSchema = z
  .strictObject({
    id,
    name,
    model,
    method: method.default('create'),
    delay: delay.default(0),
    condition: checked(condition, compileCondition).default(''),
    is_enabled: z.boolean().default(true),
    values: z
      .record(odooFieldSchema, checked(values.unwrap().valueType, compileExpression))
      .refine((fields) => Object.keys(fields).length <= maxFields, `at most ${maxFields} fields`)
      .optional(),
    key: odooFieldSchema.optional(),
  })
  .superRefine((rule, context) => {
    const problem = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (rule.values === undefined) {
      if (rule.key !== undefined) problem('key', 'goes with values');
      if (rule.method === 'create')
        problem('values', 'method create needs them: which field gets what of the event');
      return;
    }
    if (rule.method !== 'create') problem('method', 'with values it can only be create');
    if (Object.keys(rule.values).length === 0) problem('values', 'must name one field at least');
    if (rule.key !== undefined && !(rule.key in rule.values))
      problem('key', 'must be one of the fields in values');
  });
export type LocalRule = z.output<typeof localRuleSchema>;

/** The text, with what `compile` has to say of it as the problem. */
function checked(text: z.ZodString, compile: (source: string) => unknown): z.ZodString {
  return text.superRefine((source, context) => {
    try {
      compile(source);
    } catch (error) {
      context.addIssue({ code: 'custom', message: messageOf(error) });
    }
  });
}
