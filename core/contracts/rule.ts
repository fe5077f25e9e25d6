import * as z from 'zod';

export const ruleIdSchema = z.string().regex(/^[A-Za-z0-9_.:-]{1,64}$/);

/** A field's name in Odoo; Studio's begin with `x_`. */
export const odooFieldSchema = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'a field of the Odoo model');

/** One `asterisk_plus.event` record: which AMI event goes to which Odoo method, when, and on what condition. */
export const ruleSchema = z.object({
  id: ruleIdSchema,
  source: z.literal('AMI'),
  /** Name of the AMI event, as Asterisk spells it. */
  name: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  model: z.string().regex(/^[a-z0-9_.]{1,128}$/),
  method: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_]{0,127}$/, 'a public method: no leading underscore'),
  /** Seconds that the edge holds the event back. */
  delay: z.number().min(0).max(3600),
  /** Python expression over `event`; empty: always. */
  condition: z.string().max(4096),
  is_enabled: z.boolean(),
  /**
   * Only in rules that stand in fleet.yaml or in the agent's configuration, for an Odoo that takes no modules: the
   * event becomes a record of `model` with these values, an expression of the rule language for each field.
   */
  values: z.record(odooFieldSchema, z.string().min(1).max(1024)).optional(),
  /** The one of these fields by which a record that is there already is known. */
  key: odooFieldSchema.optional(),
});
export type Rule = z.infer<typeof ruleSchema>;

/** What the edge needs of a rule; model and method stay with the cloud. */
export const edgeRuleSchema = ruleSchema.pick({ id: true, name: true, delay: true, condition: true });
export type EdgeRule = z.infer<typeof edgeRuleSchema>;

export const refusedRuleSchema = z.object({
  id: z.string().max(64),
  message: z.string().max(500),
  /** 1-based column of the condition, where one is to blame. */
  column: z.number().int().positive().optional(),
});
export type RefusedRule = z.infer<typeof refusedRuleSchema>;

export const rulesVersionSchema = z.string().regex(/^[0-9a-f]{16,64}$/);
