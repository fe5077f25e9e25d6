/*
 * One direction of a session, at its source.
 *
 * - Numbers rise by one from 1 and go on over new connections: a number means the same bytes for ever.
 * - A frame is kept until the other side has acknowledged it, so it can be sent again after a lost connection.
 * - No more than the window is ever kept: the caller stops its source while there is no room.
 */
import { OdoopbxError } from '../errors/odoopbx-error.ts';
import { toBase64 } from './base64.ts';
import type { FrameOf } from './frames.ts';
import { consoleLimits } from './limits.ts';

export interface FrameSender<T extends 'in' | 'out'> {
  /** The next frame. Throws CONSOLE_PROTOCOL when there is no room or the bytes are none or too many. */
  next(bytes: Uint8Array): FrameOf<T>;
  /** All up to `n` is with the other side. Throws CONSOLE_PROTOCOL for a number that was never sent. */
  acknowledge(n: number): void;
  /** What the other side still lacks that has all up to `received`, in order. Throws as `acknowledge`. */
  resend(received: number): FrameOf<T>[];
  /** Frames that may be sent now. */
  readonly room: number;
  /** Frames that are not acknowledged. */
  readonly kept: number;
}

export function createFrameSender<T extends 'in' | 'out'>(
  t: T,
  window: number = consoleLimits.window,
): FrameSender<T> {
  const kept: FrameOf<T>[] = [];
  let sent = 0;

  function acknowledge(n: number): void {
    if (n > sent)
      throw new OdoopbxError('CONSOLE_PROTOCOL', `${n} is acknowledged, ${sent} was the last sent`);
    // An older acknowledgement that was overtaken says nothing new.
    const first = sent - kept.length + 1;
    if (n >= first) kept.splice(0, n - first + 1);
  }

  return {
    next(bytes) {
      if (kept.length >= window) throw new OdoopbxError('CONSOLE_PROTOCOL', 'the window is full');
      if (bytes.length === 0 || bytes.length > consoleLimits.dataBytes) {
        throw new OdoopbxError('CONSOLE_PROTOCOL', `a frame carries 1 to ${consoleLimits.dataBytes} bytes`);
      }
      sent += 1;
      const frame = { v: 1, t, n: sent, d: toBase64(bytes) } as FrameOf<T>;
      kept.push(frame);
      return frame;
    },
    acknowledge,
    resend(received) {
      acknowledge(received);
      return [...kept];
    },
    get room() {
      return window - kept.length;
    },
    get kept() {
      return kept.length;
    },
  };
}
