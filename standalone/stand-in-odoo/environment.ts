import type { Json } from '#core/contracts/job.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { RecordTable } from './records.ts';

/** A method as Odoo's RPC reaches it. */
export type ModelMethod = (
  env: Environment,
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
) => unknown;

/** The stand-in's database: everything that methods see. */
export interface Environment {
  readonly clock: Clock;
  readonly tables: {
    readonly events: RecordTable;
    readonly calls: RecordTable;
    readonly channels: RecordTable;
    readonly failures: RecordTable;
    readonly notifications: RecordTable;
    readonly callbacks: RecordTable;
  };
  /** Keys of what process_batch has done; the oldest go first. */
  readonly claimed: Set<string>;
  readonly agents: Map<string, unknown>;
  readonly methods: ReadonlyMap<string, ModelMethod>;
  readonly secret: string;
  /** As the addon does after a rule was saved: tells the agent to ask for the rules. */
  reloadAgents(): void;
  /** Hears of every handler and callback that ran. */
  handled(call: { model: string; method: string; argument: Json | undefined; failed: boolean }): void;
}

export const userId = 2;
export const userName = 'admin';

/** Odoo's datetime: `2026-11-22 20:04:47`, UTC. */
export function odooDatetime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}
