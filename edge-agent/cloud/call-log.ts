import type { Clock } from '#core/ports/clock.ts';
import type { Bus, PutOutcome } from '#core/ports/bus.ts';
import type { JobSource } from '#core/ports/job-source.ts';
import { type Problem, problemOf } from './problem.ts';

/** How the calls of one kind went lately. */
export interface CallLog {
  /** When AWS last took or gave something, Unix seconds. */
  succeededAt: number | null;
  problem: Problem | null;
}

export function createCallLog(clock: Clock, changed: () => void) {
  const log: CallLog = { succeededAt: null, problem: null };
  const set = (problem: Problem | null): void => {
    const before = log.problem?.code;
    log.problem = problem;
    if (problem?.code !== before) changed();
  };
  return {
    log,
    succeeded(): void {
      log.succeededAt = clock.now() / 1000;
      set(null);
    },
    failed: set,
  };
}
export type CallRecorder = ReturnType<typeof createCallLog>;

/** Writes down how PutEvents goes. */
export function watchedBus(bus: Bus, recorder: CallRecorder): Bus {
  return {
    async put(entries, signal) {
      try {
        const outcomes = await bus.put(entries, signal);
        const failed = outcomes.find(isFailure);
        if (failed && !outcomes.some(({ accepted }) => accepted)) {
          recorder.failed({
            code: failed.retryable ? 'BUS_UNREACHABLE' : 'BUS_REFUSED',
            message: failed.message,
          });
        } else recorder.succeeded();
        return outcomes;
      } catch (error) {
        if (!signal?.aborted) recorder.failed(problemOf(error));
        throw error;
      }
    },
  };
}

/** Writes down how the job queue is reached. */
export function watchedJobSource(source: JobSource, recorder: CallRecorder): JobSource {
  return {
    async receive(options) {
      try {
        const messages = await source.receive(options);
        if (!options.signal?.aborted) recorder.succeeded();
        return messages;
      } catch (error) {
        recorder.failed(problemOf(error));
        throw error;
      }
    },
    delete: (receipt) => source.delete(receipt),
  };
}

function isFailure(outcome: PutOutcome): outcome is Extract<PutOutcome, { accepted: false }> {
  return !outcome.accepted;
}
