import type { AgentConfigure } from '../contracts/agent-configure.ts';

/** The last rules that the agent was given, so that it can filter with them before the cloud answers. */
export interface RuleStore {
  /** Undefined when none were kept, or when what was kept can not be read. */
  load(): AgentConfigure | undefined;
  /** On disk when it returns. */
  save(configure: AgentConfigure): void;
}
