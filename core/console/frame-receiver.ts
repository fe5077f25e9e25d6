/*
 * One direction of a session, at its end: whatever order frames come in and however often, their bytes are given
 * out once and in order. Frames that came too early wait, as many as the reorder buffer holds.
 */
import { OdoopbxError } from '../errors/odoopbx-error.ts';
import { fromBase64 } from './base64.ts';
import type { FrameOf } from './frames.ts';
import { consoleLimits } from './limits.ts';

export interface FrameReceiver {
  /** The bytes that are due now. Throws CONSOLE_PROTOCOL for a frame too far ahead. */
  accept(frame: Pick<FrameOf<'in' | 'out'>, 'n' | 'd'>): Uint8Array[];
  /** The highest number that was given out; what `hello` and `ack` say. */
  readonly received: number;
  /** Frames that came since the last acknowledgement, repeated ones too: their sender missed one. */
  readonly unacknowledged: number;
  /** Frames that wait for an earlier one. */
  readonly waiting: number;
  /** Call when `received` was told to the other side. */
  acknowledged(): void;
}

export function createFrameReceiver(reorder: number = consoleLimits.reorder): FrameReceiver {
  const early = new Map<number, string>();
  let received = 0;
  let unacknowledged = 0;

  return {
    accept({ n, d }) {
      if (n > received + 1 + reorder) {
        throw new OdoopbxError('CONSOLE_PROTOCOL', `frame ${n} came, ${received + 1} is due`);
      }
      unacknowledged += 1;
      if (n <= received) return [];
      early.set(n, d);
      const due: Uint8Array[] = [];
      for (let next = early.get(received + 1); next !== undefined; next = early.get(received + 1)) {
        received += 1;
        early.delete(received);
        due.push(fromBase64(next));
      }
      return due;
    },
    get received() {
      return received;
    },
    get unacknowledged() {
      return unacknowledged;
    },
    get waiting() {
      return early.size;
    },
    acknowledged() {
      unacknowledged = 0;
    },
  };
}
