import type { Json } from '#core/contracts/job.ts';
import type { Rule } from '#core/contracts/rule.ts';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { compileRecordValues, type RecordValues } from '#core/rules/record-values.ts';
import type { RequestLimits } from '#odoo/http-exchange.ts';
import type { OdooTarget } from './route-deps.ts';
import type { EventWork } from './work-item.ts';

/** An event with one of its rules that makes a record of it. */
export interface RecordWork {
  readonly work: EventWork;
  readonly rule: Rule;
}

/** A rule whose event becomes a record by the rule's own mapping, without any code in Odoo. */
export function makesRecord(rule: Rule): boolean {
  return rule.values !== undefined;
}

/** Records that may go in one call: one transaction, one model, known by the same field. */
export function goTogether(one: RecordWork, other: RecordWork): boolean {
  return one.rule.model === other.rule.model && one.rule.key === other.rule.key;
}

/** As many records as one `create` gets. */
export const maxRecords = 200;

/**
 * Creates the records of these events in one `create`, those that are there already (by the rule's `key`) left out.
 * Without a key an event that comes again becomes a record again: at least once. Rejects as the Odoo client does,
 * and with CONDITION_FAILED where an expression raises on this event.
 */
export async function createRecords(batch: readonly RecordWork[], { client }: OdooTarget): Promise<void> {
  const first = batch[0];
  if (first === undefined) return;
  const { model, key } = first.rule;
  // One deadline over both calls: there may be no time left for two.
  const limits = { signal: AbortSignal.timeout(client.timeoutMs) };
  const records = batch.map(({ work, rule }) => valuesOf(rule)(work.item.event));
  const missing = key === undefined ? records : await withoutKnown(records, key, model, client, limits);
  if (missing.length > 0) await client.callMethod(model, 'create', [missing], {}, limits);
}

async function withoutKnown(
  records: readonly Record<string, Json>[],
  key: string,
  model: string,
  client: OdooTarget['client'],
  limits: RequestLimits,
): Promise<Record<string, Json>[]> {
  const byKey = new Map(records.toReversed().map((record) => [keyText(record[key]), record]));
  const values = [...byKey.values()].map((record) => record[key] ?? false);
  const found = await client.callMethod(model, 'search_read', [[[key, 'in', values]], [key]], {}, limits);
  if (!Array.isArray(found)) {
    throw new OdoopbxError('ODOO_BAD_ANSWER', `search_read of ${model} does not answer with a list`);
  }
  for (const record of found as unknown[]) byKey.delete(keyText((record as Record<string, Json>)[key]));
  const wanted = new Set(byKey.values());
  return records.filter((record) => wanted.has(record));
}

/** Odoo answers a many2one as `[id, name]`. */
function keyText(value: Json | undefined): string {
  return JSON.stringify(Array.isArray(value) ? value[0] : value);
}

const compiled = new WeakMap<Rule, RecordValues>();

function valuesOf(rule: Rule): RecordValues {
  const known = compiled.get(rule) ?? compileRecordValues(rule.values ?? {});
  compiled.set(rule, known);
  return known;
}
