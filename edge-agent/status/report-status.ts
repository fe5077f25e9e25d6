import type { AgentStatus } from '#core/contracts/agent-status.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import { messageOf } from '#core/errors/odoopbx-error.ts';
import { statusKey } from './compose-status.ts';

export interface StatusReporter {
  /** Reports at once, then every `everyMs` and after changes. */
  start(): void;
  /** Something may have changed; it is reported if it did, at most once a second. `force`: in any case. */
  changed(options?: { force: boolean }): void;
  /** Reports a last time. */
  stop(): Promise<void>;
}

export function createStatusReporter(options: {
  compose: () => AgentStatus;
  /** Where a status goes; what one of them throws is logged and keeps nothing from the others. */
  publish: readonly ((status: AgentStatus) => void)[];
  everyMs: number;
  clock: Clock;
  logger: Logger;
}): StatusReporter {
  const { compose, publish, everyMs, clock, logger } = options;
  /** Between two reports of changes: a flapping link must not flood the bus. */
  const debounceMs = 1000;
  const stopped = new AbortController();
  let wake = new AbortController();
  let pending = false;
  let forced = false;
  let lastKey = '';
  let loop = Promise.resolve();

  function report(): void {
    const status = compose();
    lastKey = statusKey(status);
    for (const sink of publish) {
      try {
        sink(status);
      } catch (error) {
        logger.warn('status not written', { error: messageOf(error) });
      }
    }
  }

  async function run(): Promise<void> {
    while (!stopped.signal.aborted) {
      report();
      const due = clock.now() + everyMs;
      // A clock that was put back must not keep the agent silent until it is here again.
      const waiting = () => clock.now() < due && due - clock.now() <= everyMs;
      await clock.sleep(debounceMs, stopped.signal);
      while (!stopped.signal.aborted && waiting() && !takeChange()) {
        wake = new AbortController();
        if (!pending) await clock.sleep(due - clock.now(), AbortSignal.any([stopped.signal, wake.signal]));
      }
    }
  }

  function takeChange(): boolean {
    if (!pending) return false;
    const due = forced || statusKey(compose()) !== lastKey;
    pending = false;
    forced = false;
    return due;
  }

  return {
    start() {
      loop = run();
    },
    changed({ force } = { force: false }) {
      pending = true;
      forced ||= force;
      wake.abort();
    },
    async stop() {
      stopped.abort();
      await loop;
      report();
    },
  };
}
