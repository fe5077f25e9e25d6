import * as z from 'zod';
import { localRuleSchema } from '#core/fleet/local-rule.ts';
import { agentConfigSchema, portSchema } from '#edge-agent/config/schema.ts';
import { webhookConfigSchema } from '#core/contracts/webhook.ts';

const line = (max: number) =>
  z
    .string({ error: 'must be text' })
    .min(1, 'must not be empty')
    .max(max, `must be at most ${max} characters`);

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** The Odoo that events go to, as one user (group "PBX server" of the addon). */
const odooFields = z.strictObject({
  /** `https://odoo.example.com`; plain http to this machine alone, unless `allowHttp`. */
  url: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }),
  db: line(128),
  login: line(128),
  /** Password or API key; `secretFile` or `secretEnv` where it is kept elsewhere. */
  secret: line(512),
  allowHttp: z.boolean().default(false),
  /** Seconds for one call; Odoo may spend 30 s on retries of its own. */
  timeoutSeconds: z.number().min(35, 'must be 35 to 600').max(600, 'must be 35 to 600').default(60),
});
export const odooConfigSchema = odooFields.superRefine(({ url, allowHttp }, context) => {
  const { protocol, hostname } = new URL(url);
  if (protocol === 'https:' || allowHttp || loopback.test(hostname)) return;
  const message = 'must be https: the password would cross the network in the clear (allowHttp permits it)';
  context.addIssue({ code: 'custom', path: ['url'], message });
});
export type OdooConfig = z.output<typeof odooConfigSchema>;

/** Where Odoo hands in jobs. */
export const doorConfigSchema = z.strictObject({
  /** The address to listen on. Beyond this machine only with `tls`, unless a proxy in front has it. */
  bind: line(253).default('127.0.0.1'),
  port: portSchema.default(8481),
  /** Where browsers reach the door (the console), where that is not the address that Odoo uses. */
  publicUrl: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).optional(),
  tls: z.strictObject({ cert: z.string().min(1), key: z.string().min(1) }).optional(),
  /** One key, or two while it is rotated: `keys: [{ secretFile: … }]`. */
  keys: z
    .array(z.strictObject({ secret: line(256).min(16, 'must have at least 16 characters') }))
    .min(1)
    .max(2),
  /** Click-to-call by Odoo's "Send Webhook Notification" at `/webhook/<key>`: which fields tell whom to ring. */
  webhook: webhookConfigSchema.strict().optional(),
});
export type DoorConfig = z.output<typeof doorConfigSchema>;

/** The agent's configuration, and what makes it a whole system on one machine. */
export const standaloneConfigSchema = agentConfigSchema.extend({
  /** Missing: the agent alone, for the cloud. */
  odoo: odooConfigSchema.optional(),
  door: doorConfigSchema.optional(),
  /**
   * The page, on this machine alone (127.0.0.1): everybody who may log in here sees the calls and may make some.
   * Missing: no page.
   */
  page: z.strictObject({ port: portSchema.default(8480) }).optional(),
  /** For an Odoo without the addon; with them the rules in Odoo are not asked for. */
  rules: z.array(localRuleSchema).max(1000).optional(),
  inbox: z
    .strictObject({
      /** Longest pause (seconds) before Odoo is tried again. */
      maxRetrySeconds: z.number().min(1).max(900).default(15),
      maxMegabytes: z.number().min(10).max(1_000_000).default(1000),
    })
    .prefault({}),
});
export type StandaloneConfig = z.output<typeof standaloneConfigSchema>;
