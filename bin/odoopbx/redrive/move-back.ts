import type { Queues } from '../cloud/queues.ts';

export interface MoveBack {
  readonly queues: Queues;
  /** The DLQ. */
  readonly from: string;
  /** The inbox, FIFO, and the message group that the bus rule uses. */
  readonly to: string;
  readonly groupId: string;
  /** No more than that: what fails again is parked anew and must not go round and round. */
  readonly max: number;
  readonly stop: AbortSignal;
  readonly onMoved: (count: number) => void;
}

/** Hidden from others while ten are being moved. */
const hideSeconds = 120;

/**
 * Moves messages one by one: into the inbox first, then out of the DLQ. Interrupted in between, the same message is
 * sent again by the next run with the same deduplication id, which SQS takes for one within five minutes; later the
 * item's keys in Odoo tell that it was done. Returns how many were moved.
 */
export async function moveBack({ queues, from, to, groupId, max, stop, onMoved }: MoveBack): Promise<number> {
  let moved = 0;
  while (moved < max && !stop.aborted) {
    const messages = await queues.receive(from, hideSeconds);
    if (messages.length === 0) break;
    for (const message of messages) {
      if (moved >= max || stop.aborted) {
        await queues.release(from, message);
        continue;
      }
      await queues.sendFifo(to, { body: message.body, groupId, dedupId: `redrive-${message.id}` });
      await queues.delete(from, message);
      moved += 1;
      onMoved(moved);
    }
  }
  return moved;
}
