import type { PbxId } from '#core/contracts/names.ts';

/** `silent`: known, but not heard of lately; `waiting`: enrolled, never heard of. */
export type AgentState = 'online' | 'silent' | 'waiting' | 'invited' | 'not enrolled';

export interface PbxState {
  readonly pbx: PbxId;
  readonly agent: AgentState;
  readonly agentVersion: string | null;
  /** Unix seconds. */
  readonly lastSeen: number | null;
  /** What the agent last said of its link to Asterisk; null: it never said anything. */
  readonly ami: string | null;
  readonly amiError: string | null;
  readonly asteriskVersion: string | null;
  readonly spoolItems: number | null;
  /** Seconds that the oldest unsent event waits in the spool. */
  readonly spoolAge: number | null;
  /** When the agent last had an event that a rule wanted, Unix seconds; null: not since its start. */
  readonly lastEventAt: number | null;
  /** Counted since the spool was made. */
  readonly dropped: number | null;
  readonly refusedRules: number | null;
  /** Jobs in the PBX's queue; null: not deployed. */
  readonly jobs: number | null;
  /** What is not well, each for a person. */
  readonly problems: readonly string[];
}

export interface TenantState {
  readonly tenant: string;
  /** Messages; null: not deployed. */
  readonly inbox: number | null;
  /** Seconds that the oldest message waits; null: none, or CloudWatch has no figure yet. */
  readonly inboxAge: number | null;
  /** In the tenant's DLQ: what Odoo could not take. */
  readonly parked: number | null;
  /** In the bus rule's DLQ: what could not get into the inbox. */
  readonly undelivered: number | null;
  /** The latest of its PBXs, Unix seconds. */
  readonly lastSeen: number | null;
  readonly problems: readonly string[];
}

export interface FleetState {
  /** Unix seconds. */
  readonly at: number;
  readonly healthy: boolean;
  readonly pbxs: readonly PbxState[];
  readonly tenants: readonly TenantState[];
}
