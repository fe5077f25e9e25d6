import type { AgentStatus } from '#core/contracts/agent-status.ts';
import type { RefusedRule } from '#core/contracts/rule.ts';
import type { AmiLinkStatus } from '#core/ports/ami.ts';
import type { SpoolStats } from '#core/ports/event-spool.ts';

/** What the parts of the agent know of themselves; instants in Unix milliseconds. */
export interface StatusSources {
  pbx: string;
  agentVersion: string;
  startedAt: number;
  /** `problem`: why none can be opened. */
  console(): { enabled: boolean; problem?: string | undefined };
  ami(): AmiLinkStatus;
  spool(): SpoolStats;
  events(): { received: number; matched: number; lastMatchedAt: number | null; conditionErrors: number };
  jobs(): number;
  rulesVersion(): string | null;
  refusedRules(): readonly RefusedRule[];
}

export function composeStatus(sources: StatusSources, now: number): AgentStatus {
  const ami = sources.ami();
  const spool = sources.spool();
  const { enabled, problem } = sources.console();
  const { received, matched, lastMatchedAt, conditionErrors } = sources.events();
  return {
    v: 1,
    pbx: sources.pbx,
    at: now / 1000,
    agentVersion: sources.agentVersion,
    startedAt: sources.startedAt / 1000,
    ami: {
      state: ami.state,
      since: ami.since / 1000,
      asteriskVersion: ami.asteriskVersion?.slice(0, 128) ?? null,
      ...(ami.error === undefined ? {} : { error: ami.error.slice(0, 500) }),
    },
    spool: {
      items: spool.items,
      bytes: spool.bytes,
      oldestAt: spool.oldestAt === null ? null : spool.oldestAt / 1000,
    },
    counts: {
      received,
      matched,
      published: spool.published,
      dropped: spool.dropped,
      truncated: spool.truncated,
      setAside: spool.setAside,
      conditionErrors,
      jobs: sources.jobs(),
    },
    lastEventAt: lastMatchedAt === null ? null : lastMatchedAt / 1000,
    rulesVersion: sources.rulesVersion(),
    refusedRules: shown(sources.refusedRules()),
    consoleEnabled: enabled && problem === undefined,
    ...(enabled && problem !== undefined ? { consoleProblem: problem.slice(0, 500) } : {}),
  };
}

/** The bus refuses an entry over 256 KB: a status that lists too much would never arrive. */
const maxRefusedBytes = 100_000;

/** The first of the refused rules, as many as a status has room for; the log has them all. */
function shown(refused: readonly RefusedRule[]): RefusedRule[] {
  let bytes = 0;
  return refused.slice(0, 1000).filter((rule) => {
    bytes += Buffer.byteLength(JSON.stringify(rule)) + 1;
    return bytes <= maxRefusedBytes;
  });
}

/** What makes two statuses different to somebody who waits for a change: counters and times alone do not. */
export function statusKey(status: AgentStatus): string {
  const { at: _at, counts, spool: _spool, lastEventAt: _lastEventAt, ami, ...rest } = status;
  const lost = [counts.dropped > 0, counts.truncated > 0, counts.setAside > 0];
  return JSON.stringify([rest, ami.state, ami.asteriskVersion, ami.error, lost]);
}
