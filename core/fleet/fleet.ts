/** `fleet.yaml`: the platform, its tenants and their PBXs, as they stand in git. No secret is in it. */
import * as z from 'zod';
import { nameSchema, type PbxId } from '../contracts/names.ts';
import { webhookConfigSchema } from '../contracts/webhook.ts';
import { localRuleSchema } from './local-rule.ts';

const line = (max: number) =>
  z
    .string({ error: 'must be text' })
    .min(1, 'must not be empty')
    .max(max, `must be at most ${max} characters`)
    // oxlint-disable-next-line no-control-regex -- none of these belongs into a name
    .regex(/^[^\x00-\x1f\x7f]*$/, 'must be one line');

const days = (fallback: number) =>
  z
    .number({ error: 'must be a number of days' })
    .int('must be whole days')
    .min(1, 'must be 1 to 3650')
    .max(3650, 'must be 1 to 3650')
    .default(fallback);

const platformSchema = z.strictObject({
  /** Begins every resource's name, so that several platforms (staging) fit into one account. */
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,15}$/, 'must be 1 to 16 of a-z, 0-9 and "-", a letter first')
    // Parameter Store keeps such names for itself, EventBridge has a bus of that name in every account.
    .regex(/^(?!aws|ssm|default$)/, 'must not begin with aws or ssm, nor be default')
    .default('odoopbx'),
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be an AWS region such as eu-central-1'),
  /** Missing: the account of the credentials at hand. */
  account: z
    .string({ error: 'must be text: put the 12 digits in quotes' })
    .regex(/^\d{12}$/, 'must be 12 digits')
    .optional(),
  /** Alarms are mailed there, once the subscription is confirmed. */
  alarmEmail: z.email('must be an e-mail address').optional(),
  /** Where agents get their package: the folder that `npm run package -- repository` made, hosted by you. */
  packagesUrl: z.url({ protocol: /^https$/, error: 'must be an https address' }).optional(),
  /** How long the bus keeps what passed, for `odoopbx replay`. */
  archiveDays: days(14),
  logDays: days(30),
  /** X-Ray traces of the functions: a call a second of each, and of more one in twenty, are paid for. */
  tracing: z.boolean({ error: 'must be true or false' }).default(true),
  /** Cost allocation: on every resource. */
  tags: z.record(line(128), line(256)).default({}),
});

const odooSchema = z.strictObject({
  url: z.url({ protocol: /^https?$/, error: 'must be an https address' }),
  db: line(128),
  /** The user of the group "PBX server"; its password or API key is set by `odoopbx secret set`. */
  login: line(128),
  /** Seconds for one call; Odoo may spend 30 s on retries of its own. */
  timeoutSeconds: z.number().min(35, 'must be 35 to 240').max(240, 'must be 35 to 240').default(60),
  /** An Odoo in a private network that this platform's functions reach. */
  allowPrivateAddress: z.boolean().default(false),
  /** Plain http, for tests and closed networks. */
  allowHttp: z.boolean().default(false),
  /** For Odoo Online 1: at most so many calls begin in a second. */
  callsPerSecond: z.number().min(0.1).max(1000).optional(),
});
export type FleetOdoo = z.output<typeof odooSchema>;

const pbxSchema = z
  .strictObject({
    /** Another user of the tenant's Odoo for this PBX, with a secret of its own. */
    odoo: z.strictObject({ login: line(128) }).optional(),
    /** Click-to-call by Odoo's "Send Webhook Notification". */
    webhook: webhookConfigSchema.strict().optional(),
  })
  .nullable()
  .transform((pbx) => pbx ?? {});
export type FleetPbx = z.output<typeof pbxSchema>;

const tenantSchema = z.strictObject({
  odoo: odooSchema,
  pbxs: z.record(nameSchema, pbxSchema),
  /** For an Odoo without the addon; with them the rules in Odoo are not asked for. */
  rules: z.array(localRuleSchema).max(1000).optional(),
});
export type FleetTenant = z.output<typeof tenantSchema>;

export const fleetSchema = z
  .strictObject({
    platform: platformSchema,
    tenants: z.record(nameSchema, tenantSchema).default({}),
  })
  .superRefine(({ tenants }, context) => {
    for (const [tenant, { odoo }] of Object.entries(tenants)) {
      // What is no address at all was told already, and stops nothing here.
      if (odoo.allowHttp || !URL.canParse(odoo.url) || new URL(odoo.url).protocol !== 'http:') continue;
      const message = 'must be https: the secret would cross the network in the clear (allowHttp permits it)';
      context.addIssue({ code: 'custom', path: ['tenants', tenant, 'odoo', 'url'], message });
    }
  });
export type Fleet = z.output<typeof fleetSchema>;
export type FleetPlatform = Fleet['platform'];

/** Every PBX of the fleet as `<tenant>_<pbx>`, in the order of the file. */
export function pbxIdsOf({ tenants }: Pick<Fleet, 'tenants'>): PbxId[] {
  return Object.entries(tenants).flatMap(([tenant, { pbxs }]) =>
    Object.keys(pbxs).map((pbx) => `${tenant}_${pbx}`),
  );
}
