import type { Clock } from '#core/ports/clock.ts';

/** Lets requests begin one after the other, with a pause between them: Odoo Online counts them. */
export interface Pacer {
  /** Resolves when the next request may begin, or when the signal aborts (it never rejects). */
  turn(signal: AbortSignal): Promise<void>;
}

/** At most so many begin in a second; what was not used is not saved up. */
export function createPacer(callsPerSecond: number, clock: Clock): Pacer {
  const pauseMs = 1000 / callsPerSecond;
  let lastAt = -Infinity;
  let turns: Promise<void> = Promise.resolve();

  async function wait(signal: AbortSignal): Promise<void> {
    const waitMs = lastAt + pauseMs - clock.now();
    // A clock that was put back makes nobody wait longer than a pause.
    if (waitMs > 0) await clock.sleep(Math.min(waitMs, pauseMs), signal);
    if (!signal.aborted) lastAt = clock.now();
  }

  return {
    turn(signal) {
      turns = turns.then(() => wait(signal));
      return turns;
    },
  };
}
