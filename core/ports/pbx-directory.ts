import type { AgentStatus } from '../contracts/agent-status.ts';
import type { PbxId } from '../contracts/names.ts';

/** What the cloud knows of a PBX. */
export interface PbxRecord {
  pbx: PbxId;
  /** SHA-256 (hex) of the keys that open its door: one, or two while a key is rotated. */
  keyHashes: readonly string[];
  /** `x-instance-uid` of the Odoo database that may send jobs; null until the first one came. */
  instanceUid: string | null;
  /** Unix seconds at which the agent was last heard of; null: never. */
  lastSeen: number | null;
  status: AgentStatus | null;
  /** Its certificate was taken away: it gets no jobs, whatever was heard of it lately. */
  revoked?: boolean;
}

export interface PbxDirectory {
  findByKeyHash(sha256: string): Promise<PbxRecord | undefined>;
  find(pbx: PbxId): Promise<PbxRecord | undefined>;
  /** Pins the instance unless one is pinned; returns the one that is pinned now. */
  pinInstance(pbx: PbxId, instanceUid: string): Promise<string>;
  /** Keeps the status unless a newer one is known; returns the one that was known before. */
  recordStatus(status: AgentStatus): Promise<AgentStatus | null>;
}
