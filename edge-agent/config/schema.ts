import * as z from 'zod';
import { pbxIdSchema } from '#core/contracts/names.ts';
import { messageOf } from '#core/errors/odoopbx-error.ts';
import { compileCondition } from '#core/rules/condition.ts';
import { cloudConfigSchema } from './cloud-schema.ts';
import { bytesSchema, durationSchema } from './quantities.ts';

/*
 * The agent's configuration file. Wherever a secret or a certificate is due, `<key>File` (a path) and
 * `<key>Env` (the name of a variable) stand in for `<key>`: they are resolved before this schema looks (see
 * external-values.ts).
 */

const mapping = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, { error: 'must be a mapping of settings' });

const line = (max: number) =>
  z
    .string({ error: 'must be text' })
    .min(1, 'must not be empty')
    .max(max, `must be at most ${max} characters`)
    // oxlint-disable-next-line no-control-regex -- these would end an AMI header
    .regex(/^[^\r\n\0]*$/, 'must be one line');

const credentialsSchema = mapping({
  /** The user's name in manager.conf. */
  username: line(128),
  secret: line(512),
});

export const portSchema = z
  .number({ error: 'must be a port, 1 to 65535' })
  .int('must be a port, 1 to 65535')
  .min(1, 'must be a port, 1 to 65535')
  .max(65_535, 'must be a port, 1 to 65535');

const timeZoneSchema = line(64).refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin');

export const amiConfigSchema = mapping({
  host: line(253).default('127.0.0.1'),
  port: portSchema.default(5038),
  /** `true`, or `{ca, servername}` for a certificate of one's own. */
  tls: z
    .union([z.boolean(), mapping({ ca: z.string().optional(), servername: line(253).optional() })], {
      error: 'must be true, false or a mapping of ca, servername',
    })
    .default(false),
  /** For the events session: read classes alone. */
  events: credentialsSchema,
  /** For the actions session: write classes originate, call, reporting. May be the same user. */
  actions: credentialsSchema,
  /** Zone of Asterisk's Cdr times; default: the system's. */
  timeZone: timeZoneSchema.optional(),
  /** Let the agent set server-side event filters (needs write class system for the events user). */
  filters: z.boolean({ error: 'must be true or false' }).default(false),
});
export type AmiConfig = z.output<typeof amiConfigSchema>;

const names = (what: string) =>
  z
    .array(line(128), { error: `must be a list of ${what}` })
    .max(500, 'must have at most 500 entries')
    .optional();

/** See PolicySettings in edge-agent/jobs/policy.ts; the entry `default` stands for the built-in list. */
export const policyConfigSchema = mapping({
  functions: names('job functions'),
  actions: names('AMI actions'),
  applications: names('dialplan applications'),
  variables: names('dialplan functions and variables'),
  channels: names('channel prefixes'),
  contexts: names('context prefixes'),
});

const switchSchema = z.boolean({ error: 'must be true or false' });

/** Standalone extends it by its own sections: `agentConfigSchema.extend({ odoo: …, door: … })`. */
export const agentConfigSchema = mapping({
  /** `<tenant>_<pbx>`. */
  pbx: z.string({ error: 'must be <tenant>_<pbx>' }).pipe(pbxIdSchema),
  /** The PBX's name in Odoo; default: the part of `pbx` after the underscore. */
  systemName: line(128).optional(),
  /** Spool, job journal and status live here. */
  stateDir: line(4096).default('/var/lib/odoopbx-agent'),
  ami: amiConfigSchema,
  /** The platform on AWS; without it the bus and the job queue are somebody else's (standalone). */
  cloud: cloudConfigSchema.optional(),
  spool: mapping({
    maxBytes: bytesSchema('1MB', '1000GB').default(500_000_000),
    maxAge: durationSchema('1h', '365d').default(7 * 86_400_000),
  }).prefault({}),
  policy: policyConfigSchema.prefault({}),
  /** Condition in the rule language that an event must meet to leave this PBX. */
  only: line(4096).superRefine(checkCondition).optional(),
  /** Master.csv of Asterisk, to fill in Cdrs that were missed (cdr.conf: loguniqueid=yes). */
  cdrCsv: mapping({
    path: line(4096),
    /** cdr.conf: usegmtime=yes */
    utc: switchSchema.default(false),
  }).optional(),
  console: mapping({
    /** Trusts the PBX admins of that Odoo with Asterisk's CLI. */
    enabled: switchSchema.default(false),
    /** `!command` in the CLI. */
    shell: switchSchema.default(false),
    /** Asterisk's client; the last word is `-r…`. */
    command: z
      .array(line(4096), { error: 'must be a list of words' })
      .min(1, 'must name a program')
      .max(50, 'must have at most 50 words')
      .default(['asterisk', '-rvvvvv']),
    /** Where the agent is root: the account that the console runs as. */
    user: line(32).optional(),
    /** How many may be open at a time. */
    sessions: z
      .number({ error: 'must be 1 to 20' })
      .int('must be 1 to 20')
      .min(1, 'must be 1 to 20')
      .max(20, 'must be 1 to 20')
      .default(3),
    /** A session ends when nothing was typed for so long. */
    idle: durationSchema('1m', '24h').default(30 * 60_000),
  }).prefault({}),
  statusSeconds: z
    .number({ error: 'must be a number of seconds, 10 to 3600' })
    .min(10, 'must be 10 to 3600')
    .max(3600, 'must be 10 to 3600')
    .default(60),
  logLevel: z
    .enum(['debug', 'info', 'warn', 'error'], { error: 'must be debug, info, warn or error' })
    .default('info'),
});
export type AgentConfig = z.output<typeof agentConfigSchema>;

function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function checkCondition(condition: string, context: z.RefinementCtx): void {
  try {
    compileCondition(condition);
  } catch (error) {
    context.addIssue({ code: 'custom', message: messageOf(error) });
  }
}
