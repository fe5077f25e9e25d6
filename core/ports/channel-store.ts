import type { AmiEvent } from '../contracts/ami-event.ts';

/** A channel that is open on the PBX, with its last known headers. */
export interface OpenChannel {
  uniqueid: string;
  headers: AmiEvent;
}

/**
 * The open channels and the last sign of life, kept over a restart. Writes are buffered and reach the disk in
 * groups (a loss of at most one group when the process is killed): `flush` forces them out.
 */
export interface ChannelStore {
  load(): OpenChannel[];
  put(channel: OpenChannel): void;
  remove(uniqueid: string): void;
  /** Unix milliseconds at which the link to Asterisk was last known to work; null: never. */
  aliveAt(): number | null;
  markAlive(at: number): void;
  flush(): void;
}
