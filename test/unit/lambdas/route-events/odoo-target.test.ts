import { expect, it } from 'vitest';
import { silentLogger } from '#core/ports/logger.ts';
import { createOdooTarget } from '#lambdas/route-events/odoo-target.ts';
import type { OdooClient } from '#odoo/client.ts';
import { manualClock } from '#test/support/manual-clock.ts';

it('reads the rules, which takes two calls, within the time of one', async () => {
  const signals: unknown[] = [];
  const client: OdooClient = {
    timeoutMs: 60_000,
    async callMethod(_model, _method, _args, _kwargs, limits) {
      signals.push(limits?.signal);
      return {};
    },
    async searchRead(_model, _domain, _options, limits) {
      signals.push(limits?.signal);
      return [];
    },
    version: () => Promise.reject(new Error('not asked for')),
    ping: async () => undefined,
    close: async () => undefined,
  };
  const { rules } = createOdooTarget(client, {
    server: 'https://odoo.example.com',
    ownLogin: false,
    localRules: undefined,
    clock: manualClock(),
    logger: silentLogger,
  });
  expect((await rules.page()).edgeRules).toEqual([]);
  expect(signals).toEqual([expect.any(AbortSignal), signals[0]]);
});
