import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import { createRuleBook } from '#lambdas/route-events/rule-book.ts';
import type { OdooTarget } from '#lambdas/route-events/route-deps.ts';
import { createOdooClient, type OdooClient } from '#odoo/client.ts';
import { createOdooGateway } from '#odoo/gateway.ts';
import { readRules } from '#odoo/rules.ts';
import type { OdooConfig, StandaloneConfig } from './config.ts';
import type { TapSwitch } from './tap.ts';
import { tappedClient, tappedGateway } from './tapped.ts';

export interface StandaloneOdoo extends OdooTarget {
  readonly client: OdooClient;
}

/** The one Odoo of this system, by its configuration. Throws ODOO_ADDRESS_REFUSED. */
export function createOdooTarget(
  config: OdooConfig,
  localRules: StandaloneConfig['rules'],
  deps: { clock: Clock; logger: Logger; taps: TapSwitch },
): StandaloneOdoo {
  const { clock, logger, taps } = deps;
  const client = tappedClient(
    createOdooClient({
      url: config.url,
      db: config.db,
      login: config.login,
      secret: config.secret,
      timeoutMs: config.timeoutSeconds * 1000,
      allowHttp: config.allowHttp,
      // The owner of this machine wrote the address: it is no tenant's input.
      allowPrivateAddress: true,
    }),
    taps,
  );
  const rules = localRules?.map((rule) => ({ ...rule, source: 'AMI' as const }));
  const read = rules ? async () => ({ rules, invalid: [] }) : () => readRules(client);
  const gateway = createOdooGateway(client, clock);
  return {
    server: config.url,
    ownLogin: false,
    client,
    // The addon knows rules by their records in Odoo: it can not take events of local ones.
    gateway: tappedGateway(rules ? { ...gateway, isPresent: async () => false } : gateway, taps),
    rules: createRuleBook(read, clock, logger),
  };
}
