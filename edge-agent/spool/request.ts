import type { BusEntry } from '#core/ports/bus.ts';

/** PutEvents takes 10 entries, 1 MB together. */
export const maxRequestEntries = 10;
export const maxRequestBytes = 1_000_000;

/** Events keep their order among themselves; results and statuses overtake them. */
export type Lane = 'events' | 'urgent';

export interface PreparedEntry extends BusEntry {
  kind: 'batch' | 'result' | 'status';
  lane: Lane;
  id: number;
}

export interface PrepareOptions {
  /** Lanes that wait after a failure are left out. */
  lanes: readonly Lane[];
  /** A batch that is not full is released once its first item has been due this long. */
  batchMs: number;
}

export interface PreparedRequest {
  entries: readonly PreparedEntry[];
  /** Unix milliseconds at which the next batch of events closes; null: no event waits. */
  wakeAt: number | null;
}

export interface Settlement {
  accepted: readonly PreparedEntry[];
  refused: readonly { entry: PreparedEntry; error: string }[];
  /** Sent again, before anything newer. */
  failed: readonly PreparedEntry[];
}
