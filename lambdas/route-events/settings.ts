import * as z from 'zod';
import { nameSchema } from '#core/contracts/names.ts';
import { localRuleSchema } from '#core/fleet/local-rule.ts';
import { functionSettingsSchema } from '#aws/function-settings.ts';

const text = z.string().min(1);

/** The tenant's `odoo:` of fleet.yaml, and the logins of the PBXs that have one of their own, by the PBX's name. */
const odooSettingSchema = z.object({
  url: z.url({ protocol: /^https?$/ }),
  db: text,
  login: text,
  timeoutSeconds: z.number().positive(),
  allowPrivateAddress: z.boolean().default(false),
  allowHttp: z.boolean().default(false),
  callsPerSecond: z.number().positive().optional(),
  logins: z.record(nameSchema, text).default({}),
});
export type OdooSetting = z.output<typeof odooSettingSchema>;

export const routeEventsSettingsSchema = functionSettingsSchema.extend({
  TENANT: nameSchema,
  JOBS_TABLE: text,
  PBX_TABLE: text,
  JOB_QUEUE_URL_BASE: z.url(),
  INBOX_URL: z.url(),
  PARKED_URL: z.url(),
  ODOO: json().pipe(odooSettingSchema),
  /** Path of a JSON file with `rules`, for an Odoo without the addon. */
  FLEET_FILE: text.optional(),
});

/** The content of FLEET_FILE. */
export const fleetFileSchema = z.object({ rules: z.array(localRuleSchema).optional() });

function json() {
  return z.string().transform((value, context): unknown => {
    try {
      return JSON.parse(value);
    } catch {
      context.addIssue({ code: 'custom', message: 'is not JSON' });
      return z.NEVER;
    }
  });
}
