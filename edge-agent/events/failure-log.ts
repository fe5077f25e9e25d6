import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';

const quietMs = 60_000;

/** Logs what may fail with every event: at most once a minute per subject, with how often it happened. */
export class FailureLog {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #subjects = new Map<string, { loggedAt: number; since: number }>();

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  warn(subject: string, message: string, fields: Record<string, unknown>): void {
    const now = this.#clock.now();
    const known = this.#subjects.get(subject);
    if (known && now - known.loggedAt < quietMs) {
      known.since += 1;
      return;
    }
    this.#logger.warn(message, { ...fields, times: 1 + (known?.since ?? 0) });
    this.#subjects.set(subject, { loggedAt: now, since: 0 });
  }

  /** Forgets every subject that is not to be kept. */
  keepOnly(kept: (subject: string) => boolean): void {
    for (const subject of this.#subjects.keys()) if (!kept(subject)) this.#subjects.delete(subject);
  }
}
