import type { AgentStatus } from '../contracts/agent-status.ts';
import type { AmiEvent } from '../contracts/ami-event.ts';
import type { JobResult } from '../contracts/job-result.ts';

/** An event on its way to the spool: the rules that share one due time. */
export interface SpooledEvent {
  event: AmiEvent;
  /** Unix seconds at which the event happened. */
  at: number;
  rules: readonly string[];
  /** Unix milliseconds before which the item must not be sent. */
  dueAt: number;
  /** What the event tells, kept on disk with it (the last 10,000 are remembered). */
  told?: string;
  /** The event is left out when `told` was told before: a guess about what a crash made uncertain. */
  unlessTold?: boolean;
}

export interface SpoolStats {
  items: number;
  bytes: number;
  /** Unix milliseconds at which the oldest unsent item was spooled. */
  oldestAt: number | null;
  /** Counted since the spool's file was made. */
  dropped: number;
  truncated: number;
  published: number;
  setAside: number;
}

/** What the parts of the edge agent that produce see of the spool. */
export interface EventSpool {
  /** Never blocks the caller; resolves when the item is on disk (group commit). */
  addEvent(item: SpooledEvent): Promise<void>;
  /** Resolves when the result is on disk. Rejects SPOOL_FULL when not even a result fits. */
  addResult(result: JobResult): Promise<void>;
  /** Only the latest status is kept: a status is not history. */
  addStatus(status: AgentStatus): void;
  /** False while results can not be kept (full, or disk full): take no more jobs. */
  acceptsJobs(): boolean;
  stats(): SpoolStats;
}
