import { describe, inject } from 'vitest';
import type { Bench } from '../global-setup.ts';
import type { Connector } from './connector.ts';
import type { OdooSession } from './odoo-admin.ts';
import { waitFor } from './wait-for.ts';

/** A suite that needs the lab; left out, and said so, where there is none. */
export function describeOnLab(name: string, suite: (bench: Bench) => void): void {
  const bench = inject('bench');
  describe.skipIf(bench === null)(name, () => {
    if (bench !== null) suite(bench);
  });
}

export interface SeenRow {
  id: number;
  kind: string;
  key: string;
  payload: Record<string, string> | Record<string, string>[];
}

/** What the probe addon noted after the row `after`. */
export function seen(admin: OdooSession, kind: string, after = 0): Promise<SeenRow[]> {
  return admin.read<SeenRow>(
    'asterisk_e2e.seen',
    [
      ['kind', '=', kind],
      ['id', '>', after],
    ],
    ['kind', 'key', 'payload'],
  );
}

/** The newest row there is: what comes later came because of the test. */
export async function lastSeen(admin: OdooSession): Promise<number> {
  const ids = await admin.call<number[]>('asterisk_e2e.seen', 'search', [[]], { order: 'id desc', limit: 1 });
  return ids[0] ?? 0;
}

export interface RuleValues {
  name: string;
  method: string;
  model?: string;
  condition?: string;
  delay?: number;
}

/** Adds a rule as an Odoo developer would; returns how to take it back. */
export async function addRule(admin: OdooSession, values: RuleValues): Promise<() => Promise<void>> {
  const id = await admin.call<number>('asterisk_plus.event', 'create', [
    { source: 'AMI', model: 'asterisk_e2e.seen', condition: false, delay: 0, ...values },
  ]);
  return async () => {
    await admin.call('asterisk_plus.event', 'unlink', [[id]]);
  };
}

/** Does something to the rules in Odoo and waits until the running agent filters by them. */
export async function changeRules<T>(connector: Connector, change: () => Promise<T>): Promise<T> {
  const version = async () => (await connector.status()).status?.rulesVersion ?? null;
  const before = await version();
  const done = await change();
  await waitFor(
    'the agent to run the new rules',
    async () => {
      const now = await version();
      return now !== null && now !== before;
    },
    60_000,
  );
  return done;
}
