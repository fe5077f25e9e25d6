import type { AmiEvent } from '../contracts/ami-event.ts';
import { eventName } from '../contracts/ami-event.ts';
import type { EdgeRule, RefusedRule } from '../contracts/rule.ts';
import { messageOf } from '../errors/odoopbx-error.ts';
import { ConditionSyntaxError, exceptionOf } from './condition-error.ts';
import { compileCondition, type Condition } from './condition.ts';

export interface RuleMatch {
  ruleId: string;
  /** Seconds. */
  delay: number;
}

/** A condition that raised: the rule does not match. */
export interface RuleFailure {
  ruleId: string;
  /** Begins with the class of the Python exception; may quote values of the event, so not for logs. */
  message: string;
  /** The class alone. */
  exception: string;
}

export interface RuleMatches {
  matches: readonly RuleMatch[];
  failures: readonly RuleFailure[];
}

export interface RuleSet {
  /** The AMI events that the rules name. */
  readonly names: ReadonlySet<string>;
  /** In the order in which the rules were given. */
  match(event: AmiEvent): RuleMatches;
}

interface CompiledRule extends RuleMatch {
  condition: Condition;
}

const nothing: RuleMatches = { matches: [], failures: [] };
const maxMessageLength = 500;

/** Compiles the rules; those that can not be are listed, the others work. */
export function compileRules(rules: readonly EdgeRule[]): {
  ruleSet: RuleSet;
  refused: readonly RefusedRule[];
} {
  const byName = new Map<string, CompiledRule[]>();
  const ids = new Set<string>();
  const refused: RefusedRule[] = [];
  for (const { id, name, delay, condition } of rules) {
    if (ids.has(id)) {
      refused.push({ id, message: 'another rule has the same id' });
      continue;
    }
    ids.add(id);
    try {
      const compiled = { ruleId: id, delay, condition: compileCondition(condition) };
      byName.set(name, [...(byName.get(name) ?? []), compiled]);
    } catch (error) {
      const message = messageOf(error).slice(0, maxMessageLength);
      refused.push({ id, message, ...(error instanceof ConditionSyntaxError && { column: error.column }) });
    }
  }
  const names = new Set(byName.keys());
  return { ruleSet: { names, match: (event) => matchRules(byName.get(eventName(event)), event) }, refused };
}

function matchRules(rules: readonly CompiledRule[] | undefined, event: AmiEvent): RuleMatches {
  if (rules === undefined) return nothing;
  const matches: RuleMatch[] = [];
  const failures: RuleFailure[] = [];
  for (const { ruleId, delay, condition } of rules) {
    try {
      if (condition(event)) matches.push({ ruleId, delay });
    } catch (error) {
      failures.push({ ruleId, message: messageOf(error), exception: exceptionOf(error) });
    }
  }
  return { matches, failures };
}
