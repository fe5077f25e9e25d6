import type { Logger } from '#core/ports/logger.ts';

const quietMs = 60_000;

/** Says that events were dropped, at once and then at most once a minute with the sum. */
export class DropReport {
  readonly #logger: Logger;
  #sums = new Map<string, number>();
  #saidAt = -Infinity;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** `reason`: `bytes`, `age`, `disk full` … */
  add(reason: string, events: number): void {
    if (events > 0) this.#sums.set(reason, (this.#sums.get(reason) ?? 0) + events);
  }

  say(now: number): void {
    if (this.#sums.size === 0 || (now - this.#saidAt < quietMs && now >= this.#saidAt)) return;
    for (const [reason, events] of this.#sums) this.#logger.warn('spool.dropped', { reason, events });
    this.#sums = new Map();
    this.#saidAt = now;
  }
}
