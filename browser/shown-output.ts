/*
 * Output on its way to the screen. A frame is acknowledged when the terminal has taken it in, not when it came:
 * a browser that can not keep up holds the window closed and with it the program on the PBX.
 */
import { createFrameReceiver } from '#core/console/frame-receiver.ts';
import type { FrameOf } from '#core/console/frames.ts';
import { consoleLimits } from '#core/console/limits.ts';
import type { Timers } from './timers.ts';

export interface ShownOutput {
  /** Throws CONSOLE_PROTOCOL for a frame that is too far ahead. */
  accept(frame: FrameOf<'out'>): void;
  /** What `hello` says. */
  readonly received: number;
  /** Frames that wait for an earlier one. */
  readonly waiting: number;
  stop(): void;
}

export interface ShownOutputOptions {
  /** Calls `taken` when the terminal has the bytes on its screen. */
  readonly write: (bytes: Uint8Array, taken: () => void) => void;
  readonly acknowledge: (n: number) => void;
  readonly timers: Timers;
}

export function createShownOutput({ write, acknowledge, timers }: ShownOutputOptions): ShownOutput {
  const receiver = createFrameReceiver();
  let shown = 0;
  let told = 0;
  let stopTimer: (() => void) | undefined;

  function tell(): void {
    stopTimer?.();
    stopTimer = undefined;
    told = shown;
    if (shown > 0) acknowledge(shown);
  }

  function tellSoon(): void {
    if (shown - told >= consoleLimits.ackFrames) tell();
    else stopTimer ??= timers.after(consoleLimits.ackMs, tell);
  }

  return {
    accept(frame) {
      const due = receiver.accept(frame);
      // A frame that came again: its acknowledgement was lost.
      if (due.length === 0 && frame.n <= shown) return tellSoon();
      let n = receiver.received - due.length;
      for (const bytes of due) {
        n += 1;
        const shownWhenTaken = n;
        write(bytes, () => {
          shown = shownWhenTaken;
          tellSoon();
        });
      }
    },
    get received() {
      return receiver.received;
    },
    get waiting() {
      return receiver.waiting;
    },
    stop() {
      stopTimer?.();
    },
  };
}
