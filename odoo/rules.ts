import * as z from 'zod';
import { ruleSchema } from '#core/contracts/rule.ts';
import type { Rule } from '#core/contracts/rule.ts';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { OdooClient } from './client.ts';
import type { RequestLimits } from './http-exchange.ts';

/** A record of `asterisk_plus.event` that is no rule as it stands. */
export interface InvalidRule {
  readonly id: string;
  readonly message: string;
}

export interface RuleSet {
  readonly rules: readonly Rule[];
  readonly invalid: readonly InvalidRule[];
}

const eventModel = 'asterisk_plus.event';
const wantedFields = ['name', 'source', 'model', 'method', 'delay', 'condition', 'is_enabled'];
const maxRules = 1000;
const fieldsSchema = z.record(z.string(), z.unknown());

/** Odoo writes `false` for an empty text field. */
const textSchema = z.preprocess((value) => (value === false || value === null ? '' : value), z.string());
const recordSchema = z.object({
  id: z.number().int().positive(),
  name: textSchema,
  source: textSchema.default('AMI'),
  model: textSchema,
  method: textSchema,
  delay: z.preprocess((value) => (value === false ? 0 : value), z.number()).default(0),
  condition: textSchema.default(''),
  is_enabled: z.boolean().default(true),
});

/**
 * The rules of this Odoo, ordered by id. Addons older than 3.x lack some of the fields: what is not there has its
 * default. An invalid record is listed, the others are kept. Rejects with ODOO_NOT_FOUND where no addon of the
 * family is installed.
 */
export async function readRules(
  client: Pick<OdooClient, 'callMethod' | 'searchRead'>,
  limits?: RequestLimits,
): Promise<RuleSet> {
  const known = fieldsSchema.safeParse(
    await client.callMethod(eventModel, 'fields_get', [], { attributes: ['type'] }, limits),
  );
  if (!known.success) {
    throw new OdoopbxError('ODOO_BAD_ANSWER', `Odoo does not tell the fields of ${eventModel}`);
  }
  const fields = wantedFields.filter((field) => field in known.data);
  const domain = fields.includes('source') ? [['source', '=', 'AMI']] : [];
  const records = await client.searchRead(
    eventModel,
    domain,
    { fields, order: 'id', limit: maxRules + 1 },
    limits,
  );
  const rules: Rule[] = [];
  const invalid: InvalidRule[] = [];
  for (const record of records) {
    const rule = ruleOf(record);
    if ('message' in rule) invalid.push(rule);
    else if (rules.length < maxRules) rules.push(rule);
    else invalid.push({ id: rule.id, message: `more than ${maxRules} rules` });
  }
  return { rules, invalid };
}

function ruleOf(record: Record<string, unknown>): Rule | InvalidRule {
  const parsed = recordSchema
    .transform((value) => ({ ...value, id: String(value.id) }))
    .pipe(ruleSchema)
    .safeParse(record);
  if (parsed.success) return { ...parsed.data, condition: parsed.data.condition.trim() };
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  return { id: String(record['id']), message: problems.join('; ').slice(0, 500) };
}
