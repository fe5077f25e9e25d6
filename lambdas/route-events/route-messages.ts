import type { PbxId } from '#core/contracts/names.ts';
import type { InboxMessage, MessageOutcome } from '#core/ports/inbox.ts';
import { takeStatus } from './configure-agent.ts';
import type { DeliveryContext } from './delivery-context.ts';
import { GatewayGone, deliverByGateway } from './gateway-delivery.ts';
import { deliverByMethods } from './method-delivery.ts';
import { parseMessage } from './parse-message.ts';
import type { ParsedMessage } from './parse-message.ts';
import type { OdooTarget, RouteDeps } from './route-deps.ts';
import { workOf } from './select-work.ts';
import { byPbx } from './sort-messages.ts';
import { StopRouting, asOdoopbxError, checkTime } from './stop-reasons.ts';
import { Tally } from './tally.ts';
import type { WorkItem } from './work-item.ts';

export interface TimeBudget {
  /** Milliseconds until the caller must have its answer; Infinity where nobody waits. */
  remainingMs(): number;
}

/**
 * Takes messages of one tenant's inbox to its Odoo and says of each what became of it, in the order in which they
 * came. It never rejects. As soon as Odoo can not be worked with, that message and all that were not delivered yet
 * wait for the same time, so that their order stays; messages that were delivered are done.
 */
export async function routeMessages(
  messages: readonly InboxMessage[],
  deps: RouteDeps,
  time: TimeBudget,
): Promise<MessageOutcome[]> {
  const tally = new Tally();
  const good: ParsedMessage[] = [];
  for (const message of messages) {
    const parsed = parseMessage(message);
    if (parsed.kind !== 'refused') {
      good.push(parsed);
      continue;
    }
    tally.finish(message, parsed.parked);
    const isMismatch = parsed.parked.code === 'MESSAGE_SOURCE_MISMATCH';
    deps.counters.count(isMismatch ? 'message.sourceMismatch' : 'message.invalid');
    deps.logger.warn('a message is refused', { message: message.id, code: parsed.parked.code });
  }
  let stop: StopRouting | undefined;
  for (const [pbx, group] of byPbx(good)) {
    stop ??= await routeGroup(pbx, group, deps, time, tally);
    await takeStatuses(pbx, group, deps, time, stop === undefined, tally);
  }
  if (stop !== undefined && !stop.outOfTime) {
    deps.counters.count('odoo.retry');
    deps.logger.warn('Odoo has to wait', { code: stop.code, reason: stop.message, message: stop.at?.id });
  }
  return tally.outcomes(messages, stop, deps);
}

/** Delivers the batches and results of one PBX; returns why it stopped, if it did. */
async function routeGroup(
  pbx: PbxId,
  group: readonly ParsedMessage[],
  deps: RouteDeps,
  time: TimeBudget,
  tally: Tally,
): Promise<StopRouting | undefined> {
  const first = group.find(({ kind }) => kind !== 'status');
  if (first === undefined) return undefined;
  try {
    const odoo = await deps.odooFor(pbx);
    const work: WorkItem[] = [];
    for (const parsed of group) {
      if (parsed.kind === 'status') continue;
      checkTime(time.remainingMs(), odoo.client.timeoutMs, parsed.message);
      const parts = await workOf(parsed, odoo, deps);
      tally.expect(parsed.message, parts);
      work.push(...parts);
    }
    await deliver(work, {
      pbx,
      odoo,
      deps,
      settlements: tally,
      checkTime: (item) => checkTime(time.remainingMs(), odoo.client.timeoutMs, item.message),
    });
    return undefined;
  } catch (error) {
    return error instanceof StopRouting ? error : new StopRouting(asOdoopbxError(error), first.message);
  }
}

async function deliver(work: readonly WorkItem[], context: DeliveryContext): Promise<void> {
  const [first] = work;
  if (first === undefined) return;
  context.checkTime(first);
  if (await context.odoo.gateway.isPresent(context.pbx)) {
    try {
      await deliverByGateway(work, context);
      return;
    } catch (error) {
      if (!(error instanceof GatewayGone)) throw error;
      context.deps.logger.warn('the addon is gone: delivering event by event', { pbx: context.pbx });
    }
  }
  await deliverByMethods(work, context);
}

async function takeStatuses(
  pbx: PbxId,
  group: readonly ParsedMessage[],
  deps: RouteDeps,
  time: TimeBudget,
  odooAnswers: boolean,
  tally: Tally,
): Promise<void> {
  const statuses = group.filter((parsed) => parsed.kind === 'status');
  const newest = Math.max(...statuses.map(({ status }) => status.at));
  for (const { message, status } of statuses) {
    try {
      const odoo = odooAnswers && status.at === newest ? await odooOrNone(pbx, deps, time) : undefined;
      await takeStatus(status, odoo, deps);
      tally.finish(message);
    } catch (error) {
      const { code, message: reason } = asOdoopbxError(error);
      deps.logger.error('a status could not be kept', { pbx, code, reason });
      tally.leave(message, code, reason);
    }
  }
}

/** Undefined where there is no time for it: the next status comes in a minute. */
async function odooOrNone(pbx: PbxId, deps: RouteDeps, time: TimeBudget): Promise<OdooTarget | undefined> {
  try {
    const odoo = await deps.odooFor(pbx);
    checkTime(time.remainingMs(), odoo.client.timeoutMs * callsOfStatus, undefined);
    return odoo;
  } catch {
    return undefined;
  }
}

/** Rules, gateway, status: what a status may ask of Odoo. */
const callsOfStatus = 3;
