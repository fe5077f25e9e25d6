import type { Clock } from '#core/ports/clock.ts';
import type { Random } from '#core/ports/random.ts';

const firstMs = 200;
const longestMs = 30_000;

/** When a lane may be tried again: from 0.2 s to 30 s, doubling, half of it jitter. */
export class LaneBackoff {
  readonly #clock: Clock;
  readonly #random: Random;
  #failures = 0;
  #until = 0;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Unix milliseconds; null: now. */
  blockedUntil(): number | null {
    const wait = this.#until - this.#clock.now();
    // Longer than any back-off: the clock was put back.
    return wait > 0 && wait <= longestMs ? this.#until : null;
  }

  failed(): void {
    const ms = Math.min(longestMs, firstMs * 2 ** Math.min(this.#failures, 10));
    this.#failures += 1;
    this.#until = this.#clock.now() + ms * (0.5 + this.#random.fraction() / 2);
  }

  succeeded(): void {
    this.#failures = 0;
    this.#until = 0;
  }
}
