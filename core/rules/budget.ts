import { ConditionFailedError } from './condition-error.ts';

/**
 * What one evaluation may still spend, in characters or items touched. A condition has no loops, but
 * `.replace` in a row multiplies and `in` on two long texts is quadratic: an admin of Odoo must not be able to
 * keep the PBX's agent busy.
 */
export interface Budget {
  left: number;
}

export const budgetPerEvaluation = 2_000_000;

/** Characters of a text that a condition makes. */
export const maxTextLength = 1_000_000;

export function spend(budget: Budget, units: number): void {
  budget.left -= units;
  if (budget.left < 0) throw limitExceeded('the condition takes too much work');
}

/** What a search for `needle` may cost at worst; long needles make it quadratic. */
export function spendSearch(budget: Budget, text: string, needle: string): void {
  spend(budget, text.length + (text.length * Math.min(needle.length, text.length)) / 16);
}

/** To be called before a text of this length is made. */
export function spendText(budget: Budget, length: number): void {
  if (length > maxTextLength) {
    throw limitExceeded(`the condition makes a text of more than ${maxTextLength} characters`);
  }
  spend(budget, length);
}

export function limitExceeded(message: string): ConditionFailedError {
  return new ConditionFailedError('LimitExceeded', message);
}
