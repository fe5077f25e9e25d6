import { messageOf } from '#core/errors/odoopbx-error.ts';
import type { Standalone } from '../system.ts';
import type { TrialControls } from './snapshot.ts';

export interface RuleView {
  id: string;
  name: string;
  target: string;
  delay: number;
  condition: string;
  enabled: boolean;
  /** What the agent says is wrong with it. */
  refused: string;
}

/** Rules as Odoo has them now, with what the agent refused. Only a stand-in's may be changed from the page. */
export async function readRuleViews(
  system: Pick<Standalone, 'odoo' | 'agent'>,
  trial: TrialControls,
): Promise<{ rules: RuleView[]; editable: boolean; error: string; version: string }> {
  const editable = trial.standIn !== undefined;
  try {
    const page = await system.odoo.rules.page(2000);
    const refused = new Map(system.agent.status().refusedRules.map((rule) => [rule.id, rule.message]));
    const rules = [...page.byId.values()].slice(0, 200).map((rule) => ({
      id: rule.id,
      name: rule.name,
      target: `${rule.model}.${rule.method}`,
      delay: rule.delay,
      condition: rule.condition,
      enabled: rule.is_enabled,
      refused: refused.get(rule.id) ?? '',
    }));
    return { rules, editable, error: '', version: page.version };
  } catch (error) {
    return { rules: [], editable, error: messageOf(error), version: '' };
  }
}
