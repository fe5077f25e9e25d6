import type { Bus } from '#core/ports/bus.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { EventSpool, SpoolStats } from '#core/ports/event-spool.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Random } from '#core/ports/random.ts';
import type { PbxId } from '#core/contracts/names.ts';
import type { PreparedRequest, PrepareOptions, Settlement } from './request.ts';
import type { SetAsideEntry } from './set-aside.ts';

export interface SpoolOptions {
  /** The database file; its folder is made if it is not there. */
  path: string;
  pbx: PbxId;
  /** Bytes of spooled JSON, at least 1,000,000. Past it the oldest AMI events go first. */
  maxBytes: number;
  /** AMI events older than this (milliseconds) are dropped and counted. */
  maxAgeMs: number;
  clock: Clock;
  random: Random;
  logger: Logger;
  /** The version of the rules in force, stamped on a batch when it is released. */
  rulesVersion: () => string | null;
}

export interface DurableSpoolStats extends SpoolStats {
  /** How often the file was found corrupt and set aside, as far as known. */
  corrupted: number;
}

/** What became due for sending, or may become so. */
export interface SpoolChange {
  /** A result or a status waits. */
  urgent: boolean;
  /** Events that were just spooled: their bytes, and when the first of them is due (Unix milliseconds). */
  bytes: number;
  earliestDueAt: number | null;
}

export interface Spool extends EventSpool {
  /** New at every start; rows released before keep theirs. */
  readonly epoch: string;
  stats(): DurableSpoolStats;
  /** Called after something was spooled. Returns how to stop listening. */
  onChange(listener: (change: SpoolChange) => void): () => void;
  /** Releases what is to be sent next, durably. One request at a time: settle it before the next. */
  prepare(options: PrepareOptions): Promise<PreparedRequest>;
  /** Deletes what was accepted, sets aside what was refused for good, keeps the rest for another attempt. */
  settle(settlement: Settlement): Promise<void>;
  /** Entries that the bus refused for good, newest first. */
  setAside(limit: number): Promise<SetAsideEntry[]>;
  /** Commits what waits and closes the file. Later additions are dropped and counted in the log. */
  close(): Promise<void>;
}

export interface PublisherOptions {
  spool: Spool;
  bus: Bus;
  clock: Clock;
  random: Random;
  logger: Logger;
  /** A batch that is not full closes after this long. Default 100. */
  batchMs?: number;
  /** A request that takes longer counts as unreachable. Default 30,000. */
  requestTimeoutMs?: number;
}

export interface Publisher {
  start(): void;
  /** Sends what is due for at most `drainMs`, then stops; what is left stays spooled. */
  stop(options: { drainMs: number }): Promise<void>;
}
