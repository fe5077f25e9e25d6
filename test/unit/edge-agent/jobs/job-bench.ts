import type { Job, Json } from '#core/contracts/job.ts';
import type { JobResult } from '#core/contracts/job-result.ts';
import { silentLogger } from '#core/ports/logger.ts';
import type { JobFunction } from '#edge-agent/jobs/functions/job-function.ts';
import { type JobJournal, openJournal } from '#edge-agent/jobs/journal.ts';
import { createPolicy, type PolicySettings } from '#edge-agent/jobs/policy.ts';
import { createJobReceiver, type JobReceiver } from '#edge-agent/jobs/receive-jobs.ts';
import { createRegistry, jobFunctions } from '#edge-agent/jobs/registry.ts';
import { agentStatus } from '#test/support/agent-statuses.ts';
import { fixedRandom } from '#test/support/fixed-random.ts';
import { MemoryJobSource } from '#test/support/memory-job-source.ts';
import { type TimerClock, timerClock } from '#test/support/timer-clock.ts';
import { noConsole } from '#test/support/no-console.ts';

/** A receiver on fakes, with functions of the test's own beside the real ones. */
export interface JobBench {
  clock: TimerClock;
  source: MemoryJobSource;
  journal: JobJournal;
  spooled: JobResult[];
  spool: { addResult(result: JobResult): Promise<void>; acceptsJobs(): boolean };
  /** Arguments of each run of `test.record`. */
  runs: Json[][];
  receiver: JobReceiver;
}

export interface BenchOptions {
  functions?: JobFunction[];
  policy?: PolicySettings;
  journal?: JobJournal;
  source?: MemoryJobSource;
  concurrency?: number;
  spool?: Partial<JobBench['spool']>;
  /** Seconds that this PBX's clock is ahead of the one that deadlines are written in. */
  aheadSeconds?: number;
}

export function jobBench(options: BenchOptions = {}): JobBench {
  const clock = timerClock();
  const source = options.source ?? new MemoryJobSource();
  const journal = options.journal ?? openJournal(':memory:');
  const spooled: JobResult[] = [];
  const runs: Json[][] = [];
  const spool = {
    addResult: async (result: JobResult) => void spooled.push(result),
    acceptsJobs: () => true,
    ...options.spool,
  };
  const record: JobFunction = {
    name: 'test.record',
    run: async (args) => {
      runs.push([...args]);
      return args[0] ?? null;
    },
  };
  const receiver = createJobReceiver({
    pbx: 'acme_hq',
    source,
    journal,
    spool,
    deadlineNow: () => clock.now() - (options.aheadSeconds ?? 0) * 1000,
    registry: createRegistry([...jobFunctions, record, ...(options.functions ?? [])]),
    policy: createPolicy(options.policy),
    actions: { send: async () => [{ Response: 'Success' }] },
    agent: {
      configure: async () => ({ applied: true, rulesVersion: null, refusedRules: [] }),
      requestRules: () => {},
      status: () => agentStatus('acme_hq', clock.now() / 1000),
    },
    console: noConsole,
    clock,
    random: fixedRandom(),
    logger: silentLogger,
    waitMs: 5,
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
  });
  return { clock, source, journal, spooled, spool, runs, receiver };
}

let count = 0;

/** A valid job, fresh at the bench's clock. */
export function job(changes: Partial<Job> = {}): Job {
  count += 1;
  return {
    v: 1,
    id: `job-${String(count).padStart(8, '0')}`,
    fun: 'test.record',
    args: [],
    kwargs: {},
    timeoutMs: 5000,
    createdAt: 1_790_000_000,
    expiresAt: 1_790_000_060,
    ...changes,
  };
}

/** A function that ends when the test says so. */
export function gate(name: string): JobFunction & { open(value?: Json): void; readonly started: number } {
  const waiting: ((value: Json) => void)[] = [];
  let started = 0;
  return {
    name,
    get started() {
      return started;
    },
    run: () => {
      started += 1;
      return new Promise<Json>((resolve) => waiting.push(resolve));
    },
    open: (value = null) => waiting.shift()?.(value),
  };
}
