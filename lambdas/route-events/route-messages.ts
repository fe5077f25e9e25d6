import type { PbxId } from '#core/contracts/names.ts';
import type { InboxMessage, MessageOutcome } from '#core/ports/inbox.ts';
import { takeStatus } from './configure-agent.ts';
import type { DeliveryContext } from './delivery-context.ts';
import { GatewayGone, deliverByGateway } from './gateway-delivery.ts';
import { deliverByMethods } from './method-delivery.ts';
import { parseMessage } from './parse-message.ts';
import type { ParsedMessage } from './parse-message.ts';
import { holdsOthersUp, loginWorks, parkedWhole } from './refused-login.ts';
import type { OdooTarget, RouteDeps } from './route-deps.ts';
import { workOf } from './select-work.ts';
import { byPbx } from './sort-messages.ts';
import { StopRouting, asOdoopbxError, checkTime } from './stop-reasons.ts';
import { Stops, scopeOf } from './stops.ts';
import { Tally } from './tally.ts';
import type { WorkItem } from './work-item.ts';

export interface TimeBudget {
  /** Milliseconds until the caller must have its answer; Infinity where nobody waits. */
  remainingMs(): number;
}

/**
 * Takes messages of one tenant's inbox to its Odoo and says of each what became of it, in the order in which they
 * came. It never rejects. As soon as Odoo can not be worked with for a PBX, its message and all that were not
 * delivered yet wait for the same time, so that their order stays; messages that were delivered are done. What is
 * wrong with the server or the remaining time stops every PBX, what is wrong with one login only those that use it.
 */
export async function routeMessages(
  messages: readonly InboxMessage[],
  deps: RouteDeps,
  time: TimeBudget,
): Promise<MessageOutcome[]> {
  const tally = new Tally();
  const stops = new Stops();
  const good: ParsedMessage[] = [];
  for (const message of messages) {
    const parsed = parseMessage(message, deps.admits);
    if (parsed.kind !== 'refused') {
      good.push(parsed);
      continue;
    }
    tally.finish(message, parsed.parked);
    const isMismatch = parsed.parked.code === 'MESSAGE_SOURCE_MISMATCH';
    deps.counters.count(isMismatch ? 'message.sourceMismatch' : 'message.invalid');
    deps.logger.warn('a message is refused', { messageId: message.id, code: parsed.parked.code });
  }
  for (const [pbx, group] of byPbx(good)) {
    const work = group.filter(({ kind }) => kind !== 'status');
    const stop = await routeGroup(pbx, work, deps, time, tally, stops);
    await takeStatuses(pbx, group, deps, time, stop === undefined, tally, stops);
  }
  for (const stop of stops.all) {
    if (stop.outOfTime) continue;
    deps.counters.count('odoo.retry');
    deps.logger.warn('Odoo has to wait', { code: stop.code, reason: stop.message, messageId: stop.at?.id });
  }
  return tally.outcomes(messages, deps);
}

/** Delivers the batches and results of one PBX; returns why it stopped, if it did. */
async function routeGroup(
  pbx: PbxId,
  work: readonly ParsedMessage[],
  deps: RouteDeps,
  time: TimeBudget,
  tally: Tally,
  stops: Stops,
): Promise<StopRouting | undefined> {
  const first = work[0];
  if (first === undefined) return undefined;
  let odoo: OdooTarget | undefined;
  let stop: StopRouting | undefined;
  try {
    odoo = await deps.odooFor(pbx);
    stop = stops.for(odoo);
    if (stop === undefined) {
      await deliverAll(pbx, work, odoo, deps, time, tally);
      loginWorks(pbx, deps);
      return undefined;
    }
  } catch (error) {
    stop = error instanceof StopRouting ? error : new StopRouting(asOdoopbxError(error), first.message);
    const scope = scopeOf(stop);
    stop.othersGoOn = scope === 'pbx' || (scope === 'login' && odoo?.ownLogin === true);
    stops.add(stop, odoo);
  }
  const givenUp = odoo !== undefined && holdsOthersUp(pbx, stop, odoo, work, deps);
  for (const parsed of work) {
    if (givenUp && tally.isOpen(parsed.message)) tally.finish(parsed.message, parkedWhole(parsed, stop));
    else tally.stop(parsed.message, stop);
  }
  return stop;
}

async function deliverAll(
  pbx: PbxId,
  messages: readonly ParsedMessage[],
  odoo: OdooTarget,
  deps: RouteDeps,
  time: TimeBudget,
  tally: Tally,
): Promise<void> {
  const work: WorkItem[] = [];
  for (const parsed of messages) {
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
  stops: Stops,
): Promise<void> {
  const statuses = group.filter((parsed) => parsed.kind === 'status');
  const newest = Math.max(...statuses.map(({ status }) => status.at));
  for (const { message, status } of statuses) {
    try {
      const isWanted = odooAnswers && status.at === newest;
      const odoo = isWanted ? await odooOrNone(pbx, deps, time, stops) : undefined;
      const failure = await takeStatus(status, odoo, deps);
      // The status is kept and done with; what it met is known for the PBXs that follow.
      if (failure !== undefined) stops.learn(new StopRouting(failure, message), odoo);
      tally.finish(message);
    } catch (error) {
      const { code, message: reason } = asOdoopbxError(error);
      deps.logger.error('a status could not be kept', { pbx, code, reason });
      tally.leave(message, code, reason);
    }
  }
}

/** Undefined where there is no time for it: the next status comes in a minute. */
async function odooOrNone(
  pbx: PbxId,
  deps: RouteDeps,
  time: TimeBudget,
  stops: Stops,
): Promise<OdooTarget | undefined> {
  try {
    const odoo = await deps.odooFor(pbx);
    if (stops.for(odoo) !== undefined) return undefined;
    checkTime(time.remainingMs(), odoo.client.timeoutMs * callsOfStatus, undefined);
    return odoo;
  } catch {
    return undefined;
  }
}

/** Rules, gateway, status: what a status may ask of Odoo. */
const callsOfStatus = 3;
