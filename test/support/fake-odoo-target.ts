import type { GatewayAnswer, GatewayBatch } from '#core/contracts/gateway.ts';
import type { Rule } from '#core/contracts/rule.ts';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { Clock } from '#core/ports/clock.ts';
import { silentLogger } from '#core/ports/logger.ts';
import type { OdooTarget } from '#lambdas/route-events/route-deps.ts';
import { createRuleBook } from '#lambdas/route-events/rule-book.ts';
import type { RuleSet } from '#odoo/rules.ts';

export interface Called {
  model: string;
  method: string;
  args: readonly unknown[];
  kwargs: Readonly<Record<string, unknown>>;
}

/** An Odoo in memory: keeps what was asked of it, fails as it is told. */
export interface FakeOdoo extends OdooTarget {
  readonly calls: Called[];
  /** Batches that were not empty, in order, whether they failed or not. */
  readonly batches: GatewayBatch[];
  readonly statuses: { pbx: string; status: unknown }[];
  /** Keys that took effect, `epoch/seq/rule` or `job/0/id`, once each, in order. */
  readonly effects: string[];
  rules_: RuleSet;
  reads: number;
  hasGateway: boolean;
  /** All of Odoo fails with it, probes too. */
  down: OdoopbxError | undefined;
  /** Thrown by a handler call, or for a whole batch: returns the error for what it can not take. */
  failOn: (call: Called | GatewayBatch) => OdoopbxError | undefined;
}

export const createCdr: Rule = {
  id: '7',
  source: 'AMI',
  name: 'Cdr',
  model: 'asterisk_calls.call',
  method: 'create_cdr',
  delay: 0,
  condition: '',
  is_enabled: true,
};

export function createFakeOdoo(
  clock: Clock,
  rules: readonly Rule[] = [createCdr],
  who: Partial<Pick<OdooTarget, 'server' | 'ownLogin'>> = {},
): FakeOdoo {
  const claimed = new Set<string>();
  const stopIfDown = (): void => {
    if (odoo.down !== undefined) throw odoo.down;
  };
  async function processBatch(batch: GatewayBatch): Promise<GatewayAnswer> {
    const isProbe = batch.events.length + batch.results.length === 0;
    if (!isProbe) odoo.batches.push(structuredClone(batch));
    stopIfDown();
    if (!odoo.hasGateway) throw new OdoopbxError('ODOO_NOT_FOUND', 'no asterisk_plus.server');
    const error = isProbe ? undefined : odoo.failOn(batch);
    if (error !== undefined) throw error;
    const keys = [
      ...batch.events.flatMap(({ epoch, seq, rules }) => rules.map((rule) => `${epoch}/${seq}/${rule}`)),
      ...batch.results.map(({ jobId }) => `job/0/${jobId}`),
    ];
    const fresh = keys.filter((key) => !claimed.has(key));
    for (const key of fresh) claimed.add(key);
    odoo.effects.push(...fresh);
    return { v: 1, done: fresh.length, duplicate: keys.length - fresh.length, skipped: [], failed: [] };
  }
  const odoo: FakeOdoo = {
    calls: [],
    batches: [],
    statuses: [],
    effects: [],
    rules_: { rules, invalid: [] },
    reads: 0,
    hasGateway: true,
    down: undefined,
    failOn: () => undefined,
    server: 'https://odoo.example.com',
    ownLogin: false,
    ...who,
    client: {
      timeoutMs: 60_000,
      async callMethod(model, method, args = [], kwargs = {}) {
        const call = { model, method, args, kwargs };
        odoo.calls.push(call);
        stopIfDown();
        const error = odoo.failOn(call);
        if (error !== undefined) throw error;
        return true;
      },
      async ping() {
        stopIfDown();
      },
    },
    gateway: {
      processBatch,
      async isPresent() {
        stopIfDown();
        return odoo.hasGateway;
      },
      async check(pbx) {
        await processBatch({ v: 1, pbx, events: [], results: [] });
      },
      async updateAgentStatus(pbx, status) {
        stopIfDown();
        odoo.statuses.push({ pbx, status });
        return true;
      },
    },
    rules: createRuleBook(
      async () => {
        odoo.reads += 1;
        stopIfDown();
        return odoo.rules_;
      },
      clock,
      silentLogger,
    ),
  };
  return odoo;
}
