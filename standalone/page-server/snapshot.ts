import type { Clock } from '#core/ports/clock.ts';
import type { StandaloneConfig } from '../config.ts';
import type { Standalone } from '../system.ts';

/** What only a system that is being tried out has: buttons of the page for the simulated halves. */
export interface TrialControls {
  simulator?: {
    readonly callsPerMinute: number;
    setCallsPerMinute(value: number): void;
    dropSessions(): void;
  };
  standIn?: {
    readonly running: boolean;
    start(): Promise<void>;
    stop(): Promise<void>;
    notifications(): { title: string; message: string; warning: boolean; at: number }[];
  };
}

export interface Snapshot {
  at: number;
  pbx: { id: string; address: string; simulated: boolean };
  odoo: { address: string; db: string; standIn: boolean; retry: unknown };
  door: { port: number } | null;
  agent: ReturnType<Standalone['agent']['status']>;
  inbox: { waiting: number; parked: number; oldestAt: number | null; jobs: number };
  pipeline: Record<'received' | 'wanted' | 'spooled' | 'published' | 'routed' | 'odoo', number>;
  outcomes: Record<'failed' | 'skipped' | 'duplicate' | 'parked', number>;
  trial: { callsPerMinute: number | null; odooRunning: boolean | null };
}

/** The numbers of now. `publishedBefore`: what the spool had published before this process started. */
export function snapshotOf(
  system: Standalone,
  config: StandaloneConfig,
  trial: TrialControls,
  clock: Clock,
  publishedBefore: number,
): Snapshot {
  const agent = system.agent.status();
  const inbox = system.store.inbox.stats();
  const { counts } = system;
  const done = counts.get('event.done');
  const outcomes = {
    failed: counts.get('event.failed'),
    skipped: counts.get('event.skipped'),
    duplicate: counts.get('event.duplicate'),
    parked: counts.get('event.parked'),
  };
  // The spool counts the results of jobs as well.
  const published = Math.max(0, agent.counts.published - publishedBefore - agent.counts.jobs);
  const handled = Object.values(outcomes).reduce((sum, count) => sum + count, done);
  return {
    at: clock.now(),
    pbx: {
      id: config.pbx,
      address: `${config.ami.host}:${config.ami.port}`,
      simulated: trial.simulator !== undefined,
    },
    odoo: {
      address: config.odoo?.url ?? '',
      db: config.odoo?.db ?? '',
      standIn: trial.standIn !== undefined,
      retry: inbox.retry,
    },
    door: system.doorPort === undefined ? null : { port: system.doorPort },
    agent,
    inbox: {
      waiting: inbox.waiting,
      parked: inbox.parked,
      oldestAt: inbox.oldestAt,
      jobs: system.store.queue.depth(),
    },
    pipeline: {
      received: agent.counts.received,
      wanted: agent.counts.matched,
      spooled: published + agent.spool.items,
      published,
      routed: handled,
      odoo: done,
    },
    outcomes,
    trial: {
      callsPerMinute: trial.simulator?.callsPerMinute ?? null,
      odooRunning: trial.standIn?.running ?? null,
    },
  };
}
