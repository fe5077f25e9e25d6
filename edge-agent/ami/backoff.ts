import type { Random } from '#core/ports/random.ts';

/** All in milliseconds. */
export interface BackoffOptions {
  /** Ceiling of the first pause. */
  firstMs: number;
  /** Ceiling of any pause after a failed connection. */
  maxMs: number;
  /** Shortest and longest pause after a refused login. */
  refusedMs: number;
  maxRefusedMs: number;
}

const defaultBackoff: BackoffOptions = {
  firstMs: 500,
  maxMs: 30_000,
  refusedMs: 30_000,
  maxRefusedMs: 300_000,
};

/**
 * How long to wait before the next connection. Full jitter, so that a fleet that lost one network does not come
 * back in step. After a refused login the pause is long from the first time: fast retries burn Asterisk's
 * `authlimit` and end in fail2ban.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  readonly #random: Random;
  #failures = 0;
  #refusals = 0;

  constructor(random: Random, options: Partial<BackoffOptions> = {}) {
    this.#options = { ...defaultBackoff, ...options };
    this.#random = random;
  }

  /** The next pause after a connection that failed or was lost. */
  afterFailure(): number {
    const ceiling = Math.min(this.#options.maxMs, this.#options.firstMs * 2 ** Math.min(this.#failures, 30));
    this.#failures += 1;
    return Math.round(ceiling * this.#random.fraction());
  }

  /** The next pause after a login that Asterisk refused. */
  afterRefusal(): number {
    const { refusedMs, maxRefusedMs } = this.#options;
    const ceiling = Math.min(maxRefusedMs, refusedMs * 2 ** Math.min(this.#refusals, 30));
    this.#refusals += 1;
    return Math.round(refusedMs + (ceiling - refusedMs) * this.#random.fraction());
  }

  /** To be called once a session is logged in. */
  succeeded(): void {
    this.#failures = 0;
    this.#refusals = 0;
  }
}
