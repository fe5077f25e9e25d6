import type { BatchItem } from '#core/contracts/ami-batch.ts';
import type { JobResult } from '#core/contracts/job-result.ts';
import type { InboxMessage, MessageOutcome } from '#core/ports/inbox.ts';
import { silentLogger } from '#core/ports/logger.ts';
import type { RouteCount } from '#lambdas/route-events/counters.ts';
import type { RouteDeps } from '#lambdas/route-events/route-deps.ts';
import { createRouteMemory } from '#lambdas/route-events/route-memory.ts';
import { routeMessages } from '#lambdas/route-events/route-messages.ts';
import { createFakeOdoo } from './fake-odoo-target.ts';
import type { FakeOdoo } from './fake-odoo-target.ts';
import { fixedRandom } from './fixed-random.ts';
import { manualClock } from './manual-clock.ts';
import type { ManualClock } from './manual-clock.ts';
import { createMemoryJobQueue } from './memory-job-queue.ts';
import type { MemoryJobQueue } from './memory-job-queue.ts';
import { createMemoryJobStore } from './memory-job-store.ts';
import { createMemoryPbxDirectory } from './memory-pbx-directory.ts';

export const epoch = '1790000000000-abcdef';

/** A router over stores in memory and one fake Odoo. */
export interface RouteBench {
  readonly clock: ManualClock;
  readonly odoo: FakeOdoo;
  readonly deps: RouteDeps & { queue: MemoryJobQueue };
  readonly counts: Map<RouteCount, number>;
  route(messages: readonly InboxMessage[], remainingMs?: () => number): Promise<MessageOutcome[]>;
}

export function routeBench(changes: Partial<Omit<RouteDeps, 'queue'>> = {}): RouteBench {
  const clock = manualClock();
  const odoo = createFakeOdoo(clock);
  const counts = new Map<RouteCount, number>();
  const deps = {
    odooFor: () => odoo,
    jobs: createMemoryJobStore(),
    directory: createMemoryPbxDirectory([{ pbx: 'acme_hq' }, { pbx: 'acme_lab' }]),
    queue: createMemoryJobQueue(),
    clock,
    random: fixedRandom(),
    logger: silentLogger,
    counters: {
      count: (name: RouteCount, by = 1) => {
        counts.set(name, (counts.get(name) ?? 0) + by);
      },
    },
    memory: createRouteMemory(),
    ...changes,
  };
  return {
    clock,
    odoo,
    counts,
    deps,
    route: (messages, remainingMs = () => Infinity) => routeMessages(messages, deps, { remainingMs }),
  };
}

export function cdrItem(seq: number, rules: string[] = ['7']): BatchItem {
  return { seq, at: 1_790_000_000 + seq, rules, event: { Event: 'Cdr', UniqueID: `1790000000.${seq}` } };
}

let lastMessage = 0;

export function batchMessage(
  seqs: readonly number[],
  options: {
    pbx?: string;
    epoch?: string;
    receiveCount?: number;
    rules?: string[];
    rulesVersion?: string;
  } = {},
): InboxMessage {
  const pbx = options.pbx ?? 'acme_hq';
  const detail = {
    v: 1,
    pbx,
    epoch: options.epoch ?? epoch,
    firstSeq: seqs[0],
    lastSeq: seqs.at(-1),
    rulesVersion: options.rulesVersion ?? null,
    events: seqs.map((seq) => cdrItem(seq, options.rules)),
  };
  return busMessage('ami.batch.v1', detail, options);
}

export function resultMessage(jobId: string, changes: Partial<JobResult> = {}): InboxMessage {
  const detail = {
    v: 1,
    pbx: 'acme_hq',
    jobId,
    status: 'done',
    result: [{ Response: 'Success', Message: 'Originate successfully queued' }],
    startedAt: 1_790_000_000,
    finishedAt: 1_790_000_001,
    ...changes,
  };
  return busMessage('job.result.v1', detail, { pbx: detail.pbx });
}

export function busMessage(
  detailType: string,
  detail: unknown,
  options: { pbx?: string; receiveCount?: number } = {},
): InboxMessage {
  lastMessage += 1;
  const source = `pbx.${options.pbx ?? 'acme_hq'}`;
  return {
    id: `m${lastMessage}`,
    receiveCount: options.receiveCount ?? 1,
    event: { source, 'detail-type': detailType, detail },
  };
}
