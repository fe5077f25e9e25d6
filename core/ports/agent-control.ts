import type { AgentConfigure } from '../contracts/agent-configure.ts';
import type { AgentStatus } from '../contracts/agent-status.ts';
import type { RefusedRule } from '../contracts/rule.ts';

export interface ConfigureOutcome {
  /** False when the agent has rules of a later `asOf`; it then keeps what it has. */
  applied: boolean;
  rulesVersion: string | null;
  refusedRules: readonly RefusedRule[];
}

/** The agent as the `agent.*` job functions see it. */
export interface AgentControl {
  /** Takes over the rules, durably. */
  configure(config: AgentConfigure): Promise<ConfigureOutcome>;
  /** Reports `rulesVersion: null` at once, which makes the cloud send the rules anew. */
  requestRules(): void;
  status(): AgentStatus;
}
