import type { LocalRule } from '#core/fleet/local-rule.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { OdooClient } from '#odoo/client.ts';
import { createOdooGateway } from '#odoo/gateway.ts';
import { readRules } from '#odoo/rules.ts';
import type { OdooTarget } from './route-deps.ts';
import { createRuleBook } from './rule-book.ts';

export interface OdooTargetOptions extends Pick<OdooTarget, 'server' | 'ownLogin'> {
  /** Of the configuration; with them the rules in Odoo are not asked for. */
  readonly localRules: readonly LocalRule[] | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** One Odoo as one user, with its gateway and its rules. */
export function createOdooTarget(client: OdooClient, options: OdooTargetOptions): OdooTarget {
  const { server, ownLogin, localRules, clock, logger } = options;
  const rules = localRules?.map((rule) => ({ ...rule, source: 'AMI' as const }));
  // It takes two calls: one deadline over both, as each caller has time for one.
  const readRemote = () => readRules(client, { signal: AbortSignal.timeout(client.timeoutMs) });
  const read = rules ? async () => ({ rules, invalid: [] }) : readRemote;
  const gateway = createOdooGateway(client, clock);
  return {
    server,
    ownLogin,
    client,
    // The addon knows rules by their records in Odoo: it can not take events of local ones.
    gateway: rules ? { ...gateway, isPresent: async () => false } : gateway,
    rules: createRuleBook(read, clock, logger),
  };
}
