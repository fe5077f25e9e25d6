import type { AgentConfigure } from '#core/contracts/agent-configure.ts';
import type { RefusedRule } from '#core/contracts/rule.ts';
import type { AmiActions, AmiEventListener } from '#core/ports/ami.ts';
import type { CdrStore } from '#core/ports/cdr-store.ts';
import type { ChannelStore } from '#core/ports/channel-store.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { EventSpool } from '#core/ports/event-spool.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { RuleStore } from '#core/ports/rule-store.ts';

export interface EventPipelineOptions {
  /** The PBX's name in Odoo: `SystemName` where Asterisk did not send one. */
  systemName: string;
  /** IANA zone of Asterisk's Cdr times; default: the system's. */
  timeZone?: string;
  /** Condition that an event must meet to leave the PBX at all; empty: every event. */
  only?: string;
  spool: EventSpool;
  actions: AmiActions;
  ruleStore: RuleStore;
  channelStore: ChannelStore;
  clock: Clock;
  logger: Logger;
  /** Backfill of Cdrs from Asterisk's CSV file (cdr.conf: `loguniqueid=yes`) after a gap. */
  cdrCsv?: { path: string; /** cdr.conf `usegmtime=yes` */ utc?: boolean; store: CdrStore };
}

/** Counted since the pipeline was made. */
export interface EventCounts {
  /** Events that came from AMI, plus those made after a gap. */
  received: number;
  /** Events that at least one rule wanted. */
  matched: number;
  /** Conditions that raised, `only` included. */
  conditionErrors: number;
  /** Kept at home by `only`. */
  keptHome: number;
  /** Events that the spool refused. */
  spoolErrors: number;
  gaps: number;
  /** Hangups made for channels that were gone after a gap. */
  syntheticHangups: number;
  backfilledCdrs: number;
  byRule: Record<string, { matched: number; conditionErrors: number }>;
}

export interface EventPipeline {
  /** Goes to the AMI link. */
  listener: AmiEventListener;
  /** The job `agent.configure`. `applied` is false when the rules are older than those in force. */
  configure(configure: AgentConfigure): { applied: boolean; refused: readonly RefusedRule[] };
  /** The job `agent.reload_config`: reports version null, so that the cloud sends the rules anew. */
  forgetRulesVersion(): void;
  /** null until the cloud configured this run of the agent. */
  rulesVersion(): string | null;
  refusedRules(): readonly RefusedRule[];
  counts(): EventCounts;
  /** Keeps the sign of life; needed for gaps over a restart. */
  start(): void;
  /** Ends what runs in the background and writes the open channels down. */
  stop(): Promise<void>;
}
