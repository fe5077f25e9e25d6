import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import { createOdooTarget as createRoutedOdoo } from '#lambdas/route-events/odoo-target.ts';
import type { OdooTarget } from '#lambdas/route-events/route-deps.ts';
import { createOdooClient, type OdooClient } from '#odoo/client.ts';
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
  const target = createRoutedOdoo(client, {
    server: config.url,
    ownLogin: false,
    localRules,
    clock,
    logger,
  });
  return { ...target, client, gateway: tappedGateway(target.gateway, taps) };
}
