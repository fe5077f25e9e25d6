import type { EdgeRule } from '../contracts/rule.ts';

/**
 * The rules as one text that is the same for the same rules in any order. Its hash (SHA-256 in hex, 16 to 64
 * characters of it) is the `rulesVersion`.
 */
export function canonicalRules(rules: readonly EdgeRule[]): string {
  const rows = rules.map(({ id, name, delay, condition }) => JSON.stringify([id, name, delay, condition]));
  return `[${rows.sort().join(',')}]`;
}
