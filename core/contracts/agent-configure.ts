import * as z from 'zod';
import { edgeRuleSchema, rulesVersionSchema } from './rule.ts';
import { unixSecondsSchema } from './time.ts';

/** Sent by the platform alone: the door refuses it, Odoo hears of no result. */
export const agentConfigureFunction = 'agent.configure';

/** kwargs of the job `agent.configure`. It changes rules only, never the PBX's own policy. */
export const agentConfigureSchema = z.object({
  rules: z.array(edgeRuleSchema).max(1000),
  rulesVersion: rulesVersionSchema,
  /** When the rules were read from Odoo; the agent ignores an older one than it has. */
  asOf: unixSecondsSchema,
});
export type AgentConfigure = z.infer<typeof agentConfigureSchema>;
