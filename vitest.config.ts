import { defineConfig } from 'vitest/config';

const project = (name: string, include: string[], options: object = {}) => ({
  test: { name, include, pool: 'forks' as const, testTimeout: 20_000, hookTimeout: 30_000, ...options },
});

/** `quick` needs nothing but Node (and python3 for the rule language); `e2e` needs the lab. */
export default defineConfig({
  test: {
    projects: [
      project('quick', ['test/{unit,contract,integration,infra,fuzz,chaos}/**/*.test.ts']),
      project('e2e', ['test/e2e/**/*.test.ts'], {
        // One Asterisk and one Odoo: the files take turns.
        fileParallelism: false,
        // Real programs on a busy machine: once more, and the report says "retry x1".
        retry: 1,
        globalSetup: ['test/e2e/global-setup.ts'],
        testTimeout: 120_000,
        hookTimeout: 300_000,
      }),
    ],
  },
});
