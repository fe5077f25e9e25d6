import type { AgentStatus } from '#core/contracts/agent-status.ts';

/** A healthy agent's status, `at` in Unix seconds. */
export function agentStatus(pbx: string, at: number, changes: Partial<AgentStatus> = {}): AgentStatus {
  return {
    v: 1,
    pbx,
    at,
    agentVersion: '0.1.0',
    startedAt: 1_789_990_000,
    ami: { state: 'connected', since: 1_789_990_001, asteriskVersion: '22.10.1' },
    spool: { items: 0, bytes: 0, oldestAt: null },
    counts: {
      received: 0,
      matched: 0,
      published: 0,
      dropped: 0,
      truncated: 0,
      setAside: 0,
      conditionErrors: 0,
      jobs: 0,
    },
    rulesVersion: 'a'.repeat(64),
    refusedRules: [],
    consoleEnabled: false,
    ...changes,
  };
}
