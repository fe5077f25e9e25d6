/*
 * Keys on their way to the PBX. They are numbered when there is room in the window and kept until acknowledged;
 * what does not fit waits here, up to a limit, and then nothing more is taken: a paste must not be cut in its middle.
 */
import type { FrameOf } from '#core/console/frames.ts';
import { createFrameSender } from '#core/console/frame-sender.ts';
import { consoleLimits } from '#core/console/limits.ts';

export const inputLimit = 64 * 1024;

export interface TypedInput {
  /** False: too much waits already, nothing of it was taken. */
  type(bytes: Uint8Array): boolean;
  acknowledge(n: number): void;
  /** The PBX is there and has all up to `received`: sends the rest again, then what waits. */
  resume(received: number): void;
  /** The PBX, or the way to it, is gone: what is typed waits. */
  pause(): void;
  /** Frames that are not acknowledged. */
  readonly kept: number;
}

export function createTypedInput(send: (frame: FrameOf<'in'>) => void): TypedInput {
  const sender = createFrameSender('in');
  let waiting = new Uint8Array();
  let flowing = false;

  function flow(): void {
    while (flowing && waiting.length > 0 && sender.room > 0) {
      const part = waiting.subarray(0, consoleLimits.dataBytes);
      waiting = waiting.subarray(part.length);
      send(sender.next(part));
    }
  }

  return {
    type(bytes) {
      if (waiting.length + bytes.length > inputLimit) return false;
      const joined = new Uint8Array(waiting.length + bytes.length);
      joined.set(waiting);
      joined.set(bytes, waiting.length);
      waiting = joined;
      flow();
      return true;
    },
    acknowledge(n) {
      sender.acknowledge(n);
      flow();
    },
    resume(received) {
      for (const frame of sender.resend(received)) send(frame);
      flowing = true;
      flow();
    },
    pause() {
      flowing = false;
    },
    get kept() {
      return sender.kept;
    },
  };
}
