import type { Clock } from '#core/ports/clock.ts';

/** What the keepalive sees of a session. */
export interface KeepaliveTarget {
  /** Unix milliseconds at which the last byte came in. */
  lastHeard(): number;
  /**
   * Unix milliseconds until which silence is no sign of death: actions run one after another, so the answer to
   * a Ping waits for the actions before it. 0 when none is running.
   */
  busyUntil(): number;
  ping(): void;
  /** No byte came in although Asterisk had to answer. */
  stalled(silentMs: number): void;
}

export interface KeepaliveOptions {
  idleMs: number;
  stallMs: number;
}

/**
 * Pings a silent connection and reports a dead one: TCP alone notices a peer that vanished only after minutes,
 * and nothing that is lost meanwhile comes back. Any byte counts as a sign of life. Resolves when stalled, or
 * when `signal` aborts.
 */
export async function keepAlive(
  target: KeepaliveTarget,
  { idleMs, stallMs }: KeepaliveOptions,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const heardAt = target.lastHeard();
    const silentMs = clock.now() - heardAt;
    // Less than nothing: the clock was put back, and how long it was silent is not known.
    if (silentMs >= 0 && silentMs < idleMs) {
      await clock.sleep(idleMs - silentMs, signal);
      continue;
    }
    // Asked before the Ping, which is an action itself; what is sent after it does not hold up its answer.
    let leftMs = Math.max(0, target.busyUntil() - clock.now()) + stallMs;
    let waitedMs = 0;
    target.ping();
    while (!signal.aborted && target.lastHeard() === heardAt) {
      if (leftMs <= 0) {
        target.stalled(Math.max(silentMs, 0) + waitedMs);
        return;
      }
      const pauseMs = Math.min(leftMs, stallMs);
      await clock.sleep(pauseMs, signal);
      leftMs -= pauseMs;
      waitedMs += pauseMs;
    }
  }
}
