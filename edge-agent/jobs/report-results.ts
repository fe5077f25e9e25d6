import { messageOf } from '#core/errors/odoopbx-error.ts';
import type { JobResult } from '#core/contracts/job-result.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { EventSpool } from '#core/ports/event-spool.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Random } from '#core/ports/random.ts';
import type { JobJournal } from './journal.ts';
import { retryDelay } from './retry-delay.ts';

export interface ResultReporter {
  /** Hands a journaled result to the spool, again and again until it is on disk there or `stop` aborts. */
  report(result: JobResult, stop: AbortSignal): Promise<void>;
}

export function createReporter(options: {
  journal: JobJournal;
  spool: Pick<EventSpool, 'addResult'>;
  clock: Clock;
  random: Random;
  logger: Logger;
}): ResultReporter {
  const { journal, spool, clock, random, logger } = options;
  return {
    async report(result, stop) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          await spool.addResult(result);
          journal.markReported(result.jobId);
          return;
        } catch (error) {
          // Nothing is lost: the journal holds the result and the next start reports it.
          if (stop.aborted) return;
          logger.warn('result not spooled, trying again', {
            jobId: result.jobId,
            attempt,
            error: messageOf(error),
          });
        }
        await clock.sleep(retryDelay(attempt, random), stop);
      }
    },
  };
}
