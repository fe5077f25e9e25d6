import type { Clock } from '../ports/clock.ts';
import { createFrameReceiver } from './frame-receiver.ts';
import { createFrameSender } from './frame-sender.ts';
import type { ConsoleFrame, ConsoleRole, FrameOf } from './frames.ts';
import { consoleLimits } from './limits.ts';

export interface TransferOptions {
  role: ConsoleRole;
  clock: Clock;
  /** Puts a frame on the connection. Called only while the transfer is live. */
  send(this: void, frame: ConsoleFrame): void;
  /** Bytes of the other side, once and in order. */
  data(this: void, bytes: Uint8Array): void;
  /** All that was written is in frames: there is room again. */
  drained(this: void): void;
}

/** Both directions of a session as one side sees them, over all its connections. */
export interface Transfer {
  /** Waits where the window is full; see `queued`. */
  write(bytes: Uint8Array): void;
  /** Bytes that wait for room in the window: a caller with more stops its source while there are any. */
  readonly queued: number;
  /** Whether the other side has acknowledged all that was written. */
  readonly settled: boolean;
  /** Throws CONSOLE_PROTOCOL. */
  take(frame: FrameOf<'in' | 'out' | 'ack'>): void;
  /** The other side is there and has all up to `received`: sends what it lacks. Throws CONSOLE_PROTOCOL. */
  resume(received: number): void;
  /** The other side, or the connection, is not there: frames are kept. */
  pause(): void;
  /** Nothing is acknowledged while the caller can not keep up: the other side's window fills. */
  hold(on: boolean): void;
  readonly received: number;
  /** Unix milliseconds since when a frame is missing, or unacknowledged ones are with the other side; or null. */
  readonly missingSince: number | null;
  readonly unansweredSince: number | null;
}

export function createTransfer({ role, clock, send, data, drained }: TransferOptions): Transfer {
  const sender = createFrameSender(role === 'agent' ? 'out' : 'in');
  const receiver = createFrameReceiver();
  const waiting: Uint8Array[] = [];
  let queued = 0;
  let live = false;
  let missingSince: number | null = null;
  let unansweredSince: number | null = null;
  let ackedAt = Number.NEGATIVE_INFINITY;
  let ackIsDue = false;
  let held = false;

  function takeQueued(): Uint8Array {
    const bytes = new Uint8Array(Math.min(queued, consoleLimits.dataBytes));
    let filled = 0;
    while (filled < bytes.length) {
      const [first] = waiting;
      if (first === undefined) break;
      const part = first.subarray(0, bytes.length - filled);
      bytes.set(part, filled);
      filled += part.length;
      if (part.length === first.length) waiting.shift();
      else waiting[0] = first.subarray(part.length);
    }
    queued -= filled;
    return bytes;
  }

  function pump(): void {
    while (queued > 0 && sender.room > 0) {
      const frame = sender.next(takeQueued());
      if (!live) continue;
      unansweredSince ??= clock.now();
      send(frame);
    }
  }

  function acknowledge(): void {
    if (!live || held || receiver.received === 0 || receiver.unacknowledged === 0) return;
    ackedAt = clock.now();
    receiver.acknowledged();
    send({ v: 1, t: 'ack', n: receiver.received });
  }

  async function acknowledgeLater(pauseMs: number): Promise<void> {
    await clock.sleep(pauseMs);
    ackIsDue = false;
    acknowledge();
  }

  /** At once after a silence and every so many frames, else a little later for all that came meanwhile. */
  function acknowledgeInTime(): void {
    const sinceMs = clock.now() - ackedAt;
    if (receiver.unacknowledged >= consoleLimits.ackFrames || sinceMs >= consoleLimits.ackMs || sinceMs < 0) {
      acknowledge();
    } else if (!ackIsDue) {
      ackIsDue = true;
      void acknowledgeLater(consoleLimits.ackMs - sinceMs);
    }
  }

  return {
    write(bytes) {
      if (bytes.length === 0) return;
      waiting.push(bytes);
      queued += bytes.length;
      pump();
    },
    take(frame) {
      if (frame.t === 'ack') {
        const hadQueue = queued > 0;
        const before = sender.kept;
        sender.acknowledge(frame.n);
        if (sender.kept < before) unansweredSince = sender.kept === 0 ? null : clock.now();
        pump();
        if (hadQueue && queued === 0) drained();
        return;
      }
      for (const bytes of receiver.accept(frame)) data(bytes);
      missingSince = receiver.waiting === 0 ? null : (missingSince ?? clock.now());
      acknowledgeInTime();
    },
    resume(received) {
      live = true;
      const frames = sender.resend(received);
      unansweredSince = frames.length === 0 ? null : clock.now();
      for (const frame of frames) send(frame);
      const hadQueue = queued > 0;
      pump();
      if (hadQueue && queued === 0) drained();
    },
    pause() {
      live = false;
      missingSince = null;
      unansweredSince = null;
    },
    hold(on) {
      held = on;
      if (!on) acknowledge();
    },
    get queued() {
      return queued;
    },
    get settled() {
      return queued === 0 && sender.kept === 0;
    },
    get received() {
      return receiver.received;
    },
    get missingSince() {
      return missingSince;
    },
    get unansweredSince() {
      return unansweredSince;
    },
  };
}
