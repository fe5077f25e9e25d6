import { expect, it } from 'vitest';
import { createSilenceWatch } from '#lambdas/sweep/watch-silence.ts';
import { recordingLogger } from '#test/support/recording-logger.ts';

const now = 1_790_000_000;

function underTest() {
  let counts: Record<string, number> = {};
  const metrics = {
    of: (tenant: string) => ({
      count: (name: string, by: number) =>
        void (counts[`${tenant} ${name}`] = (counts[`${tenant} ${name}`] ?? 0) + by),
    }),
  };
  const logger = recordingLogger();
  const watch = createSilenceWatch({ metrics, logger });
  const round = (seen: Record<string, number>, at = now) => {
    counts = {};
    watch(new Map(Object.entries(seen)), at);
    return counts;
  };
  return { round, logger };
}

it('counts the silent PBXs of each tenant, and none where none is', () => {
  const { round } = underTest();
  expect(
    round({ acme_hq: now - 181, acme_lab: now - 100_000, acme_shop: now - 180, other_hq: now - 5 }),
  ).toEqual({ 'acme AgentsSilent': 2, 'other AgentsSilent': 0 });
});

it('says once that a PBX has fallen silent, and that it is heard again', () => {
  const { round, logger } = underTest();
  round({ acme_hq: now });
  round({ acme_hq: now }, now + 181);
  round({ acme_hq: now }, now + 241);
  expect(logger.at('warn')).toEqual([{ message: 'a PBX has fallen silent', pbx: 'acme_hq', lastSeen: now }]);
  expect(round({ acme_hq: now + 300 }, now + 301)).toEqual({ 'acme AgentsSilent': 0 });
  round({ acme_hq: now + 300 }, now + 302);
  expect(logger.at('info')).toEqual([{ message: 'a PBX is heard again', pbx: 'acme_hq' }]);
});

it('does not repeat in a fresh process what is old news', () => {
  const { round, logger } = underTest();
  round({ acme_hq: now - 100_000, acme_lab: now - 200 });
  expect(logger.at('warn')).toMatchObject([{ pbx: 'acme_lab' }]);
});
