import type { Clock } from '#core/ports/clock.ts';
import type { Random } from '#core/ports/random.ts';

interface Pace {
  firstMs: number;
  longestMs: number;
}

/** What is out of reach may be back any second. */
export const unreachablePace: Pace = { firstMs: 1000, longestMs: 60_000 };
/** A refused certificate stays refused until a person does something; a fleet's worth of them must not be heard. */
export const refusedPace: Pace = { firstMs: 30_000, longestMs: 600_000 };

/** When credentials may be asked for again: doubling, half of it jitter. */
export class CredentialBackoff {
  readonly #clock: Clock;
  readonly #random: Random;
  #failures = 0;
  #from = 0;
  #waitMs = 0;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  get open(): boolean {
    const passed = this.#clock.now() - this.#from;
    // Less than nothing: the clock was put back.
    return passed >= this.#waitMs || passed < 0;
  }

  failed({ firstMs, longestMs }: Pace): void {
    const ms = Math.min(longestMs, firstMs * 2 ** Math.min(this.#failures, 12));
    this.#failures += 1;
    this.#from = this.#clock.now();
    this.#waitMs = ms * (0.5 + this.#random.fraction() / 2);
  }

  reset(): void {
    this.#failures = 0;
    this.#waitMs = 0;
  }
}
