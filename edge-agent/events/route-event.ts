import { eventName, type AmiEvent } from '#core/contracts/ami-event.ts';
import { messageOf } from '#core/errors/odoopbx-error.ts';
import type { EventSpool, SpooledEvent } from '#core/ports/event-spool.ts';
import type { Logger } from '#core/ports/logger.ts';
import { exceptionOf } from '#core/rules/condition-error.ts';
import type { Condition } from '#core/rules/condition.ts';
import type { RuleMatch, RuleSet } from '#core/rules/rule-set.ts';
import { textHeader } from './cdr-times.ts';
import { enrich } from './enrich.ts';
import { countsOfRule, type EventCounts } from './event-counts.ts';
import type { FailureLog } from './failure-log.ts';
import type { LocalTime } from './local-time.ts';

export interface RouteEventOptions {
  systemName: string;
  local: LocalTime;
  only: Condition;
  rules: () => RuleSet;
  spool: EventSpool;
  counts: EventCounts;
  failures: FailureLog;
  logger: Logger;
}

/**
 * Hands an event to the spool, once for each different delay of the rules that want it, with that delay counted
 * from `receivedAt` (Unix milliseconds). Resolves when all of it is safe, or refused by the spool (counted);
 * never rejects. `pass`: the event is our own and `only` is not asked.
 */
export type RouteEvent = (event: AmiEvent, receivedAt: number, pass?: 'pass') => Promise<void>;

export function eventRouter(options: RouteEventOptions): RouteEvent {
  const { spool, counts, failures, logger } = options;
  const failed = (rule: string, exception: string, message: string) => {
    counts.conditionErrors += 1;
    failures.warn(rule, 'a condition raised: the event does not match', { rule, exception });
    logger.debug('a condition raised', { rule, message });
  };
  const leaves = (event: AmiEvent): boolean => {
    try {
      if (options.only(event)) return true;
    } catch (error) {
      failed('only:', exceptionOf(error), messageOf(error));
    }
    counts.keptHome += 1;
    return false;
  };
  const store = async (item: SpooledEvent) => {
    const { rules } = item;
    try {
      await spool.addEvent(item);
    } catch (error) {
      counts.spoolErrors += 1;
      failures.warn('spool', 'the spool did not take an event', { rules, error: messageOf(error) });
    }
  };
  return async (received, receivedAt, pass) => {
    const rules = options.rules();
    if (!rules.names.has(eventName(received))) return;
    const { event, at } = enrich(received, receivedAt, options);
    if (pass !== 'pass' && !leaves(event)) return;
    const { matches, failures: raised } = rules.match(event);
    for (const { ruleId, exception, message } of raised) {
      countsOfRule(counts, ruleId).conditionErrors += 1;
      failed(ruleId, exception, message);
    }
    if (matches.length === 0) return;
    counts.matched += 1;
    counts.lastMatchedAt = receivedAt;
    const groups = Map.groupBy(matches, ({ delay }: RuleMatch) => delay);
    const writes = [...groups].map(([delay, group]) => {
      const ruleIds = group.map(({ ruleId }) => ruleId);
      for (const ruleId of ruleIds) countsOfRule(counts, ruleId).matched += 1;
      return store({
        event,
        at,
        rules: ruleIds,
        dueAt: receivedAt + delay * 1000,
        ...toldBy(event, delay),
      });
    });
    await Promise.all(writes);
  };
}

/**
 * A crash may leave it open whether a channel's Hangup was spooled. The next start then makes one of its own, which
 * must not be told on top of the real one.
 */
function toldBy(event: AmiEvent, delay: number): Pick<SpooledEvent, 'told' | 'unlessTold'> {
  const uniqueid = textHeader(event, 'Uniqueid');
  if (eventName(event) !== 'Hangup' || uniqueid === '') return {};
  const told = `Hangup/${uniqueid}/${delay}`;
  return event['_synthetic'] === true ? { told, unlessTold: true } : { told };
}
