import * as z from 'zod';
import { pbxIdSchema } from './names.ts';
import { refusedRuleSchema, rulesVersionSchema } from './rule.ts';
import { unixSecondsSchema } from './time.ts';

export const agentStatusDetailType = 'agent.status.v1';

/** A status older than this (seconds) is history: it must not trigger a configuration. */
export const liveStatusSeconds = 120;

const countSchema = z.number().int().nonnegative();

/**
 * Sent every 60 s and on every change. `received`, `matched`, `conditionErrors` and `jobs` count since the
 * agent's start; `published`, `dropped`, `truncated` and `setAside` since its spool was made, so that a restart
 * hides no loss.
 */
export const agentStatusSchema = z.object({
  v: z.literal(1),
  pbx: pbxIdSchema,
  at: unixSecondsSchema,
  agentVersion: z.string().max(64),
  startedAt: unixSecondsSchema,
  ami: z.object({
    state: z.enum(['connected', 'connecting', 'refused', 'stopped']),
    since: unixSecondsSchema,
    asteriskVersion: z.string().max(128).nullable(),
    /** Why it is not connected, where it is not. */
    error: z.string().max(500).optional(),
  }),
  spool: z.object({
    items: countSchema,
    bytes: countSchema,
    /** When the oldest unsent item was spooled. */
    oldestAt: unixSecondsSchema.nullable(),
  }),
  counts: z.object({
    received: countSchema,
    matched: countSchema,
    published: countSchema,
    dropped: countSchema,
    truncated: countSchema,
    setAside: countSchema,
    conditionErrors: countSchema,
    jobs: countSchema,
  }),
  /** When the last event that a rule wanted was received, since the agent's start; null: none yet. */
  lastEventAt: unixSecondsSchema.nullable().optional(),
  /** null asks the cloud for the rules anew. */
  rulesVersion: rulesVersionSchema.nullable(),
  refusedRules: z.array(refusedRuleSchema).max(1000),
  /** Whether a console can be opened now. */
  consoleEnabled: z.boolean(),
  /** Why not, where the PBX's configuration enables it. */
  consoleProblem: z.string().max(500).optional(),
});
export type AgentStatus = z.infer<typeof agentStatusSchema>;
