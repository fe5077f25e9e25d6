import * as z from 'zod';
import { ruleSchema } from '../contracts/rule.ts';
import { messageOf } from '../errors/odoopbx-error.ts';
import { compileCondition } from '../rules/condition.ts';

/** A rule for an Odoo without the addon: what `asterisk_plus.event` would hold. */
export const localRuleSchema = z.strictObject({
  id: ruleSchema.shape.id,
  name: ruleSchema.shape.name,
  model: ruleSchema.shape.model,
  method: ruleSchema.shape.method,
  delay: ruleSchema.shape.delay.default(0),
  condition: ruleSchema.shape.condition
    .superRefine((condition, context) => {
      const message = conditionProblem(condition);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    })
    .default(''),
  is_enabled: z.boolean().default(true),
});
export type LocalRule = z.output<typeof localRuleSchema>;

function conditionProblem(condition: string): string | undefined {
  try {
    compileCondition(condition);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
