import { expect, test } from 'vitest';
import { agentConfigureSchema } from '#core/contracts/agent-configure.ts';
import { maxJobBytes } from '#core/contracts/job.ts';
import type { Rule } from '#core/contracts/rule.ts';
import { silentLogger } from '#core/ports/logger.ts';
import { createRuleBook } from '#lambdas/route-events/rule-book.ts';

const clock = { now: () => 1_790_000_000_000, sleep: () => Promise.resolve() };
const rule = (id: number, condition: string): Rule => ({
  id: String(id),
  source: 'AMI',
  name: 'Hangup',
  model: 'my.model',
  method: 'handle',
  delay: 0,
  condition,
  is_enabled: id !== 2,
});
const bookOf = (rules: Rule[], logged: unknown[] = []) =>
  createRuleBook(() => Promise.resolve({ rules, invalid: [] }), clock, {
    ...silentLogger,
    error: (_, fields) => void logged.push(fields),
  });

test('gives the edge what is enabled, without model and method', async () => {
  const page = await bookOf([rule(1, ''), rule(2, ''), rule(3, "event['A'] == 'b'")]).page();
  expect(page.edgeRules.map(({ id }) => id)).toEqual(['1', '3']);
  expect(JSON.stringify(page.edgeRules)).not.toContain('my.model');
  expect(page.byId.get('2')?.is_enabled).toBe(false);
});

test('gives as many rules as a job carries, and says which are left out', async () => {
  const logged: unknown[] = [];
  const long = `event['A'] == '${'€'.repeat(1300)}'`;
  const rules = Array.from({ length: 1000 }, (_, at) => rule(at + 1, long));
  const { edgeRules, version, asOf } = await bookOf(rules, logged).page();
  const configure = agentConfigureSchema.parse({ rules: edgeRules, rulesVersion: version, asOf });
  expect(Buffer.byteLength(JSON.stringify(configure))).toBeLessThan(maxJobBytes - 1000);
  expect(edgeRules.length).toBeGreaterThan(200);
  const firstLeft = String(edgeRules.length + 2);
  expect(logged).toEqual([
    { rules: expect.arrayContaining([firstLeft]), left: rules.length - 1 - edgeRules.length },
  ]);
});
