import type { PbxId } from '#core/contracts/names.ts';
import type { EventRecord, ResultRecord } from './record.ts';
import type { StoredEntry } from './reader.ts';
import type { Lane } from './request.ts';
import type { DurableSpoolStats } from './spool.ts';
import type { SetAsideEntry } from './set-aside.ts';

/** The store as seen from the other thread: each call is one transaction. `now` is the caller's clock. */
export interface StoreCalls {
  append(group: AppendGroup): AppendOutcome;
  release(options: ReleaseCall): Released;
  settle(settlement: StoreSettlement): null;
  /** Whether the disk takes results again. */
  probe(now: number): boolean;
  listSetAside(limit: number): SetAsideEntry[];
}

export interface StoreOptions {
  path: string;
  pbx: PbxId;
  maxBytes: number;
  maxAgeMs: number;
  now: number;
  /** Makes the epoch unique. */
  uuid: string;
  /** Room kept for a full disk, see ballast.ts. */
  ballastBytes?: number;
  /** A ceiling on the file's pages: how the tests fill the disk. */
  maxPages?: number;
}

export interface AppendGroup {
  now: number;
  events: EventRecord[];
  results: ResultRecord[];
  truncated: number;
  /** Events that were dropped before they got here. */
  dropped: number;
}

/** Places of the results that did not fit. */
export interface AppendOutcome {
  refusedResults: number[];
}

export interface ReleaseCall {
  now: number;
  lanes: readonly Lane[];
  batchMs: number;
  rulesVersion: string | null;
  /** What a status takes of the request. */
  reserved: { entries: number; bytes: number };
}

export interface Released {
  results: StoredEntry[];
  batches: StoredEntry[];
  wakeAt: number | null;
}

export interface StoreSettlement {
  now: number;
  batches: number[];
  results: number[];
  refused: RefusedEntry[];
}

export interface RefusedEntry {
  kind: 'batch' | 'result' | 'status';
  id: number;
  source: string;
  detailType: string;
  detail: string;
  error: string;
}

/** What the spool answers without asking: comes back with every call. */
export interface StoreState {
  stats: DurableSpoolStats;
  acceptsJobs: boolean;
  diskFull: boolean;
}
