import { maxBatchBytes } from '#core/contracts/ami-batch.ts';
import type { PbxId } from '#core/contracts/names.ts';
import type { EventRecord } from './record.ts';
import { rowBytes } from './record.ts';

export interface WaitingItem extends EventRecord {
  id: number;
}

/** A released batch, encoded once: sent again after a crash it is the same bytes. */
export interface PackedBatch {
  firstSeq: number;
  lastSeq: number;
  /** When the oldest and the newest of its items were spooled, Unix milliseconds. */
  spooledFrom: number;
  spooledTo: number;
  detail: string;
  bytes: number;
}

export interface PackOptions {
  pbx: PbxId;
  epoch: string;
  firstSeq: number;
  rulesVersion: string | null;
  maxBatches: number;
  /** Bytes of all batches together. */
  maxBytes: number;
  /** Unix milliseconds; a batch that is not full stays open until its first item has been due `batchMs`. */
  now: number;
  batchMs: number;
}

export interface Packed {
  batches: PackedBatch[];
  /** The last item that went into a batch; items come in order, so everything up to it did. */
  last: WaitingItem | null;
  /** Bytes of the rows that went into batches. */
  itemBytes: number;
  /** When the batch that is still open closes. */
  closesAt: number | null;
}

/** Packs items, which come in due order, into batches of consecutive seq. Pure; reads no more than it needs. */
export function packBatches(items: Iterable<WaitingItem>, options: PackOptions): Packed {
  const packed: Packed = { batches: [], last: null, itemBytes: 0, closesAt: null };
  let open: WaitingItem[] = [];
  let openBytes = 0;
  let seq = options.firstSeq;
  let room = options.maxBytes;
  // The widest the envelope can get, so that a batch's size is known before its last seq is.
  const envelope = Buffer.byteLength(head(options, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)) + 2;

  const close = (): void => {
    const batch = encode(open, seq - open.length, options);
    packed.batches.push(batch);
    packed.last = open.at(-1) ?? null;
    for (const item of open) packed.itemBytes += item.bytes;
    room -= batch.bytes;
    open = [];
    openBytes = 0;
  };

  for (const item of items) {
    const itemBytes = item.bytes - rowBytes + `{"seq":${seq},`.length + 1;
    if (envelope + openBytes + itemBytes >= maxBatchBytes && open.length > 0) {
      close();
      if (packed.batches.length >= options.maxBatches) return packed;
    }
    if (envelope + openBytes + itemBytes > room) {
      if (open.length > 0) close();
      return packed;
    }
    open.push(item);
    openBytes += itemBytes;
    seq += 1;
  }
  const first = open[0];
  if (first === undefined) return packed;
  const closesAt = first.dueAt + options.batchMs;
  if (closesAt <= options.now) close();
  else packed.closesAt = closesAt;
  return packed;
}

function head(options: PackOptions, firstSeq: number, lastSeq: number): string {
  const { pbx, epoch, rulesVersion } = options;
  const fields = JSON.stringify({ v: 1, pbx, epoch, firstSeq, lastSeq, rulesVersion });
  return `${fields.slice(0, -1)},"events":[`;
}

function encode(items: readonly WaitingItem[], firstSeq: number, options: PackOptions): PackedBatch {
  const lastSeq = firstSeq + items.length - 1;
  const events = items.map((item, place) => `{"seq":${firstSeq + place},${item.body}`);
  const detail = `${head(options, firstSeq, lastSeq)}${events.join(',')}]}`;
  let spooledFrom = Infinity;
  let spooledTo = 0;
  for (const { spooledAt } of items) {
    spooledFrom = Math.min(spooledFrom, spooledAt);
    spooledTo = Math.max(spooledTo, spooledAt);
  }
  return { firstSeq, lastSeq, spooledFrom, spooledTo, detail, bytes: Buffer.byteLength(detail) + rowBytes };
}
