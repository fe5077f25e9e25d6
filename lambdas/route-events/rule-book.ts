import { createHash } from 'node:crypto';
import { maxJobBytes } from '#core/contracts/job.ts';
import type { EdgeRule, Rule } from '#core/contracts/rule.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import { canonicalRules } from '#core/rules/rules-version.ts';
import type { RuleSet } from '#odoo/rules.ts';

/** The rules as they were read from Odoo at one time. */
export interface RulePage {
  readonly byId: ReadonlyMap<string, Rule>;
  /** What the edge needs of the enabled ones. */
  readonly edgeRules: readonly EdgeRule[];
  readonly version: string;
  /** Unix seconds at which they were asked for. */
  readonly asOf: number;
}

/** The rules of one Odoo, kept for a minute. */
export interface RuleBook {
  /** Not older than `maxAgeMs` (default 60 s; 0 asks Odoo). Rejects as the Odoo client does. */
  page(maxAgeMs?: number): Promise<RulePage>;
}

const defaultMaxAgeMs = 60_000;

export function createRuleBook(read: () => Promise<RuleSet>, clock: Clock, logger: Logger): RuleBook {
  let kept: RulePage | undefined;
  let invalidLogged = '';
  return {
    async page(maxAgeMs = defaultMaxAgeMs) {
      const now = clock.now();
      const ageMs = kept === undefined ? Infinity : now - kept.asOf * 1000;
      // Below 0: the clock was put back, and nobody knows how old it is.
      if (kept !== undefined && ageMs >= 0 && ageMs < maxAgeMs) return kept;
      const { rules, invalid } = await read();
      const problems = invalid.map(({ id, message }) => `${id}: ${message}`).join(' | ');
      if (problems !== '' && problems !== invalidLogged) {
        logger.warn('rules that can not be used', { rules: invalid.map(({ id }) => id), problems });
      }
      invalidLogged = problems;
      kept = pageOf(rules, now / 1000);
      const left = rules.filter(({ is_enabled }) => is_enabled).slice(kept.edgeRules.length);
      if (left.length > 0) {
        logger.error('rules that no PBX gets: all together do not fit into a job', {
          rules: left.slice(0, 100).map(({ id }) => id),
          left: left.length,
        });
      }
      return kept;
    },
  };
}

function pageOf(rules: readonly Rule[], asOf: number): RulePage {
  const enabled = rules.filter((rule) => rule.is_enabled);
  const edgeRules = fitting(
    enabled.map(({ id, name, delay, condition }) => ({ id, name, delay, condition })),
  );
  return {
    byId: new Map(rules.map((rule) => [rule.id, rule])),
    edgeRules,
    version: createHash('sha256').update(canonicalRules(edgeRules)).digest('hex'),
    asOf,
  };
}

/** Bytes of all rules in the job `agent.configure`: 1,000 long conditions are more than a job carries. */
const maxEdgeRulesBytes = maxJobBytes - 10_000;

/** The first of the rules, as many as a job has room for. */
function fitting(rules: readonly EdgeRule[]): EdgeRule[] {
  let bytes = 0;
  const firstTooMany = rules.findIndex((rule) => {
    bytes += Buffer.byteLength(JSON.stringify(rule)) + 1;
    return bytes > maxEdgeRulesBytes;
  });
  return firstTooMany === -1 ? [...rules] : rules.slice(0, firstTooMany);
}
