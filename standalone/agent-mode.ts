import type * as z from 'zod';
import type { CloudConfig } from '#edge-agent/config/cloud-schema.ts';
import { standaloneConfigSchema, type OdooConfig, type StandaloneConfig } from './config.ts';

type Without<Key extends PropertyKey> = Partial<Record<Key, undefined>>;

/** What `odoopbx-agent run` takes: a whole system on this machine, or the agent of a platform on AWS. */
export type AgentMode = Omit<StandaloneConfig, 'cloud' | 'odoo'> &
  (({ cloud: CloudConfig } & Without<'odoo'>) | ({ odoo: OdooConfig } & Without<'cloud'>));

/** Sections that mean something only where this process is the whole system. */
const standaloneSections = ['door', 'page', 'rules'] as const;

/** Either `odoo` or `cloud`, and with `cloud` nothing that would be ignored. */
export const agentModeSchema = standaloneConfigSchema.superRefine((config, context) => {
  const add = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
  const { cloud, odoo } = config;
  if (cloud && odoo) {
    add('cloud', 'must not stand beside odoo: keep cloud (through AWS) or odoo (straight with that Odoo)');
  }
  if (!cloud && !odoo) {
    add('cloud', 'give cloud (odoopbx-agent enroll writes it) or, to work straight with an Odoo, odoo');
  }
  for (const section of cloud && !odoo ? standaloneSections : []) {
    if (config[section] !== undefined) add(section, 'belongs to a system with odoo, not to one with cloud');
  }
}) as unknown as z.ZodType<AgentMode>;
