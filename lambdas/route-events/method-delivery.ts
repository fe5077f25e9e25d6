import type { Rule } from '#core/contracts/rule.ts';
import type { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { ParkedItem } from '#core/ports/inbox.ts';
import { callBack, notify } from './deliver-result.ts';
import { isSuspect, pauseMs, triesOf } from './delivery-context.ts';
import type { DeliveryContext } from './delivery-context.ts';
import { createRecords, goTogether, makesRecord, maxRecords, type RecordWork } from './record-delivery.ts';
import { StopRouting, asOdoopbxError } from './stop-reasons.ts';
import { giveUpKey, parkedWork, workKey } from './work-item.ts';
import type { EventWork, ResultWork, WorkItem } from './work-item.ts';

/**
 * Delivers to an Odoo without the addon: `execute_kw(model, method, [event])` per event and rule, in order. At
 * least once: after a time-out or a restart of this process a handler may get an event again that it has had.
 * What this process knows to be done it does not repeat. Throws StopRouting.
 */
export async function deliverByMethods(work: readonly WorkItem[], context: DeliveryContext): Promise<void> {
  /** Records that wait for more of their kind, and the work that is done with them. */
  let records: RecordWork[] = [];
  let waiting: WorkItem[] = [];
  const flush = async (): Promise<void> => {
    await deliverRecords(records, context);
    for (const item of waiting) context.settlements.done(item);
    records = [];
    waiting = [];
  };
  for (const item of work) {
    if (context.settlements.isSettled(item)) continue;
    if (item.kind === 'event') {
      for (const rule of item.rules) {
        const record = makesRecord(rule) ? { work: item, rule } : undefined;
        const last = records.at(-1);
        const fits = record && last && goTogether(record, last) && records.length < maxRecords;
        if (last !== undefined && fits !== true) await flush();
        if (record === undefined) await deliverToHandler(item, rule, context);
        else records.push(record);
      }
    } else {
      await flush();
      await deliverResult(item, context);
    }
    waiting.push(item);
    if (records.length === 0) await flush();
  }
  await flush();
}

/** In one call; where that fails because of some of them, one by one. */
async function deliverRecords(records: readonly RecordWork[], context: DeliveryContext): Promise<void> {
  const { deps, odoo } = context;
  const left = records.filter(({ work, rule }) => {
    const key = workKey(work, rule.id);
    return !deps.memory.settled(key) && !deps.memory.settled(giveUpKey(work, key));
  });
  const first = left[0];
  if (first !== undefined && left.length > 1) {
    context.checkTime(first.work);
    deps.counters.count('odoo.call');
    try {
      await createRecords(left, odoo);
      for (const { work, rule } of left) deps.memory.settle(workKey(work, rule.id));
      deps.counters.count('event.done', left.length);
    } catch (thrown) {
      const error = asOdoopbxError(thrown);
      if (error.retryable && !left.some(({ work }) => isSuspect(work))) {
        throw new StopRouting(error, first.work.message);
      }
    }
  }
  // Those that are settled by now are passed over, what was parked before is named again.
  for (const record of records) {
    await deliverTo(record.work, record.rule, context, () => createRecords([record], odoo));
  }
}

async function deliverToHandler(work: EventWork, rule: Rule, context: DeliveryContext): Promise<void> {
  const { client } = context.odoo;
  await deliverTo(work, rule, context, async () => {
    await client.callMethod(rule.model, rule.method, [work.item.event]);
  });
}

async function deliverTo(
  work: EventWork,
  rule: Rule,
  context: DeliveryContext,
  call: () => Promise<void>,
): Promise<void> {
  await step(work, workKey(work, rule.id), context, {
    run: async () => {
      await call();
      context.deps.counters.count('event.done');
    },
    park: (error) => parkedWork(work, error, [rule.id]),
  });
}

async function deliverResult(work: ResultWork, context: DeliveryContext): Promise<void> {
  const { deps, odoo, pbx } = context;
  const key = workKey(work);
  const park = (error: OdoopbxError) => parkedWork(work, error);
  if (work.delivery.callback.res_method !== undefined) {
    await step(work, `${key}/callback`, context, { run: () => callBack(odoo.client, work), park });
  }
  if (work.delivery.callback.res_notify_uid !== undefined && !deps.memory.settled(`${key}/notify`)) {
    context.checkTime(work);
    try {
      await notify(odoo.client, work);
    } catch (error) {
      // A notification is a courtesy, and Odoo may have no such method: it must not hold up the events.
      const reason = asOdoopbxError(error);
      deps.logger.warn('a user could not be notified', { pbx, job: work.result.jobId, code: reason.code });
    }
    deps.memory.settle(`${key}/notify`);
  }
  await deps.jobs.markDelivered(pbx, work.result.jobId, work.result.status);
  if (deps.memory.parkedAs(giveUpKey(work, `${key}/callback`)) === undefined)
    deps.counters.count('result.done');
}

interface Step {
  run: () => Promise<void>;
  park: (error: OdoopbxError) => ParkedItem;
}

/** One call that must have its effect: tried again, given up as poison, or left for later. */
async function step(
  work: WorkItem,
  key: string,
  context: DeliveryContext,
  { run, park }: Step,
): Promise<void> {
  const { deps, odoo, settlements } = context;
  if (deps.memory.settled(key)) return;
  const before = deps.memory.parkedAs(giveUpKey(work, key));
  if (before !== undefined) {
    settlements.park(work, before);
    return;
  }
  for (;;) {
    context.checkTime(work);
    deps.counters.count('odoo.call');
    try {
      await run();
      deps.memory.settle(key);
      return;
    } catch (thrown) {
      const error = asOdoopbxError(thrown);
      if (error.retryable && !isSuspect(work)) throw new StopRouting(error, work.message);
      const failures = deps.memory.failedAgain(giveUpKey(work, key));
      if (failures < triesOf(work, error)) {
        await deps.clock.sleep(pauseMs(failures, error));
        continue;
      }
      context.checkTime(work);
      try {
        await odoo.client.ping();
      } catch (reason) {
        throw new StopRouting(asOdoopbxError(reason), work.message);
      }
      const parked = park(error);
      deps.memory.settle(giveUpKey(work, key), parked);
      settlements.park(work, parked);
      return;
    }
  }
}
