import { showSpan } from '../terminal/age.ts';
import type { TenantState } from './fleet-status.ts';

/** A tenant whose oldest event waits longer than this has an Odoo that does not take events. */
const inboxSeconds = 900;

export function judgeTenant(facts: Omit<TenantState, 'problems'>): TenantState {
  return { ...facts, problems: problemsOf(facts) };
}

function problemsOf({
  tenant,
  inbox,
  inboxAge,
  parked,
  undelivered,
}: Omit<TenantState, 'problems'>): string[] {
  if (inbox === null) return [`not deployed: odoopbx deploy ${tenant}`];
  const problems: string[] = [];
  if (inboxAge !== null && inboxAge > inboxSeconds) {
    problems.push(
      `${inbox} messages wait in the inbox, the oldest for ${showSpan(inboxAge)}: is its Odoo up?`,
    );
  }
  if (parked !== null && parked > 0) {
    problems.push(`${parked} parked, Odoo could not take them: odoopbx redrive ${tenant} --dry-run`);
  }
  if (undelivered !== null && undelivered > 0) {
    problems.push(`${undelivered} undelivered: odoopbx redrive ${tenant} --from undelivered --dry-run`);
  }
  return problems;
}
