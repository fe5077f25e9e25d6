import type { GatewayAnswer, GatewayBatch } from '#core/contracts/gateway.ts';
import type { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { isSuspect, pauseMs, triesOf } from './delivery-context.ts';
import type { DeliveryContext } from './delivery-context.ts';
import { StopRouting, asOdoopbxError } from './stop-reasons.ts';
import { giveUpKey, parkedWork } from './work-item.ts';
import type { WorkItem } from './work-item.ts';

/** One call is one transaction in Odoo: large enough to pay off, small enough to end well within its limits. */
const maxItems = 500;
/** Below the 1 MB that a proxy in front of Odoo takes by default. */
const maxBytes = 700_000;

/** The addon is gone (uninstalled while we ran): deliver what is left in the other way. */
export class GatewayGone extends Error {}

/**
 * Delivers through the addon's gateway: one HTTP call for many messages, exactly-once effects, so that whatever is
 * unsure may be sent again. Throws StopRouting, or GatewayGone.
 */
export async function deliverByGateway(work: readonly WorkItem[], context: DeliveryContext): Promise<void> {
  const left = work.filter((item) => {
    const before = context.deps.memory.parkedAs(giveUpKey(item));
    if (before === undefined) return !context.settlements.isSettled(item);
    context.settlements.park(item, before);
    context.settlements.done(item);
    return false;
  });
  for (const part of callsOf(left)) await attempt(part, context);
}

/** Consecutive work in calls of a sane size; a suspected message goes alone. */
function callsOf(work: readonly WorkItem[]): WorkItem[][] {
  const calls: WorkItem[][] = [];
  let bytes = 0;
  let previous: WorkItem | undefined;
  for (const item of work) {
    const current = calls.at(-1);
    const apart =
      previous?.message !== item.message && (isSuspect(item) || (previous && isSuspect(previous)));
    if (!current || apart === true || current.length >= maxItems || bytes + item.size > maxBytes) {
      calls.push([item]);
      bytes = item.size;
    } else {
      current.push(item);
      bytes += item.size;
    }
    previous = item;
  }
  return calls;
}

async function attempt(part: readonly WorkItem[], context: DeliveryContext): Promise<void> {
  const first = part[0];
  if (first === undefined) return;
  context.checkTime(first);
  context.deps.counters.count('odoo.call');
  let answer: GatewayAnswer;
  try {
    answer = await context.odoo.gateway.processBatch(batchOf(part, context.pbx));
  } catch (error) {
    await findCause(part, first, asOdoopbxError(error), context);
    return;
  }
  await settle(part, answer, context);
}

/**
 * The whole call failed, so nothing of it is in Odoo. Is it Odoo (wait), or something in these items (find it)?
 */
async function findCause(
  part: readonly WorkItem[],
  first: WorkItem,
  error: OdoopbxError,
  context: DeliveryContext,
): Promise<void> {
  const { odoo, deps, pbx } = context;
  if (error.code === 'ODOO_NOT_FOUND') throw new GatewayGone(error.message);
  if (error.retryable && !part.some(isSuspect)) throw new StopRouting(error, first.message);
  context.checkTime(first);
  try {
    await odoo.gateway.check(pbx);
  } catch (reason) {
    // An empty batch fails as well: it is not the items, whatever the error says.
    throw new StopRouting(asOdoopbxError(reason), first.message);
  }
  if (part.length > 1) {
    deps.counters.count('odoo.bisect');
    deps.logger.warn('looking for what Odoo can not take', { pbx, items: part.length, code: error.code });
    // Each half that times out costs a minute; what is quick goes through one by one in no time.
    const parts = error.retryable ? part.map((item) => [item]) : halves(part);
    for (const smaller of parts) await attempt(smaller, context);
    return;
  }
  const failures = deps.memory.failedAgain(giveUpKey(first));
  if (failures < triesOf(first, error)) {
    await deps.clock.sleep(pauseMs(failures, error));
    await attempt(part, context);
    return;
  }
  const parked = parkedWork(first, error);
  deps.memory.settle(giveUpKey(first), parked);
  context.settlements.park(first, parked);
  context.settlements.done(first);
}

function batchOf(part: readonly WorkItem[], pbx: string): GatewayBatch {
  return {
    v: 1,
    pbx,
    events: part.flatMap((work) =>
      work.kind === 'event' ? [{ ...work.item, epoch: work.batch.epoch }] : [],
    ),
    results: part.flatMap((work) => (work.kind === 'result' ? [work.delivery] : [])),
  };
}

async function settle(
  part: readonly WorkItem[],
  answer: GatewayAnswer,
  { deps, pbx, settlements }: DeliveryContext,
): Promise<void> {
  for (const work of part) {
    settlements.done(work);
    if (work.kind === 'result') await deps.jobs.markDelivered(pbx, work.result.jobId, work.result.status);
  }
  const results = part.filter((work) => work.kind === 'result').length;
  const failedResults = answer.failed.filter(({ seq }) => seq === 0).length;
  const failedEvents = answer.failed.length - failedResults;
  deps.counters.count('event.done', Math.max(0, answer.done - (results - failedResults)));
  deps.counters.count('event.duplicate', answer.duplicate);
  deps.counters.count('event.skipped', answer.skipped.length);
  deps.counters.count('event.failed', failedEvents);
  deps.counters.count('result.done', results - failedResults);
  deps.counters.count('result.failed', failedResults);
  for (const { epoch, seq, rule, failure_id } of answer.failed) {
    deps.logger.warn('a handler in Odoo raised; kept there', { pbx, epoch, seq, rule, failure: failure_id });
  }
}

function halves<T>(part: readonly T[]): T[][] {
  const middle = Math.ceil(part.length / 2);
  return [part.slice(0, middle), part.slice(middle)];
}
