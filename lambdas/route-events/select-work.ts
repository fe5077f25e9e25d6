import type { BatchItem } from '#core/contracts/ami-batch.ts';
import type { Rule } from '#core/contracts/rule.ts';
import type { ParsedMessage } from './parse-message.ts';
import { resultToDeliver } from './deliver-result.ts';
import type { OdooTarget, RouteDeps } from './route-deps.ts';
import type { RulePage } from './rule-book.ts';
import type { WorkItem } from './work-item.ts';

/**
 * What of one message has to go to Odoo. An event whose rules are all gone or disabled by now goes nowhere and is
 * counted; of the others the current model and method apply, the edge's verdict on the condition stands.
 */
export async function workOf(parsed: ParsedMessage, odoo: OdooTarget, deps: RouteDeps): Promise<WorkItem[]> {
  const { message, pbx } = parsed;
  if (parsed.kind === 'status') return [];
  if (parsed.kind === 'result') {
    const delivery = await resultToDeliver(pbx, parsed.result, deps);
    if (delivery === undefined) return [];
    return [{ kind: 'result', message, pbx, result: parsed.result, delivery, size: sizeOf(delivery) }];
  }
  const { batch } = parsed;
  const page = await pageFor(batch.events, batch.rulesVersion, odoo);
  const work: WorkItem[] = [];
  for (const item of batch.events) {
    const rules = item.rules.flatMap((id) => enabledRule(id, page));
    deps.counters.count('event.skipped', item.rules.length - rules.length);
    if (rules.length === 0) continue;
    const current = { ...item, rules: rules.map(({ id }) => id) };
    work.push({ kind: 'event', message, pbx, batch, item: current, rules, size: sizeOf(current) });
  }
  return work;
}

/** The edge may have rules that were made after our page was read: then the page is read anew before skipping. */
async function pageFor(
  items: readonly BatchItem[],
  rulesVersion: string | null,
  { rules }: OdooTarget,
): Promise<RulePage> {
  const page = await rules.page();
  const isStale =
    rulesVersion !== page.version &&
    items.some((item) => item.rules.some((id) => enabledRule(id, page).length === 0));
  return isStale ? rules.page(staleMs) : page;
}

/** An edge with old rules stays that for some seconds: not every batch of it must ask Odoo. */
const staleMs = 5000;

function enabledRule(id: string, page: RulePage): Rule[] {
  const rule = page.byId.get(id);
  return rule?.is_enabled === true ? [rule] : [];
}

function sizeOf(value: unknown): number {
  return JSON.stringify(value).length;
}
