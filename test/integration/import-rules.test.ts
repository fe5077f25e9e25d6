import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

/* Who may import whom (docs/architecture.md): a folder of one file each, linted with the repository's own rules. */
const checkout = join(import.meta.dirname, '../..');
const cases: Record<string, { allowed: string[]; forbidden: string[] }> = {
  'core/rules/probe.ts': {
    allowed: ['zod', './condition.ts', '../errors/odoopbx-error.ts', '#core/contracts/rule.ts'],
    forbidden: [
      'node:fs',
      'hono',
      '@aws-sdk/client-sqs',
      '../../odoo/client.ts',
      '#odoo/client.ts',
      '#test/x.ts',
    ],
  },
  'odoo/probe.ts': {
    allowed: ['zod', 'node:net', './client.ts', '#core/ports/clock.ts'],
    forbidden: [
      'hono',
      '@aws-sdk/client-sqs',
      '../edge-agent/main.ts',
      '#edge-agent/main.ts',
      '#lambdas/route-events/tally.ts',
      '#standalone/tap.ts',
      '#test/support/fake-bus.ts',
    ],
  },
  'lambdas/route-events/probe.ts': {
    allowed: [
      'zod',
      'node:crypto',
      '@aws-sdk/client-sqs',
      '@middy/core',
      '@aws-lambda-powertools/logger',
      './tally.ts',
      '#core/ports/clock.ts',
      '#odoo/client.ts',
      '#aws/sqs-job-queue.ts',
    ],
    forbidden: [
      'hono',
      '@hono/node-server',
      '../submit-job/webhook.ts',
      '#lambdas/submit-job/webhook.ts',
      '#edge-agent/main.ts',
      '#standalone/tap.ts',
    ],
  },
  'aws/probe.ts': {
    allowed: ['zod', 'node:crypto', '@aws-sdk/client-sqs', './sqs-job-queue.ts', '#core/ports/clock.ts'],
    forbidden: ['hono', '#odoo/client.ts', '#lambdas/submit-job/webhook.ts', '#edge-agent/main.ts'],
  },
  'lib/constructs/probe.ts': {
    allowed: [
      'aws-cdk-lib',
      'aws-cdk-lib/aws-sqs',
      'constructs',
      '../tenant-stack.ts',
      '#core/fleet/fleet.ts',
    ],
    forbidden: ['hono', '#lambdas/submit-job/webhook.ts', '#odoo/client.ts', '#edge-agent/main.ts'],
  },
  'bin/probe.ts': {
    allowed: ['commander', '@aws-sdk/client-iot', '#lib/app.ts', '#core/fleet/fleet.ts', '#aws/pbx-table.ts'],
    forbidden: ['aws-cdk-lib', '#lambdas/submit-job/webhook.ts', '#odoo/client.ts', '#edge-agent/main.ts'],
  },
  'edge-agent/jobs/probe.ts': {
    allowed: ['zod', 'node:sqlite', './policy.ts', './functions/test-ping.ts', '#core/ports/clock.ts'],
    forbidden: ['hono', '../spool/spool.ts', '../main.ts', '#edge-agent/spool/spool.ts', '#odoo/client.ts'],
  },
  'edge-agent/probe.ts': {
    allowed: ['pino', './spool/spool.ts', '#core/ports/clock.ts'],
    forbidden: [
      '../odoo/client.ts',
      '#odoo/client.ts',
      '#lambdas/submit-job/webhook.ts',
      '#standalone/tap.ts',
    ],
  },
  'standalone/probe.ts': {
    allowed: [
      'hono',
      '#core/ports/clock.ts',
      '#odoo/client.ts',
      '#lambdas/submit-job/webhook.ts',
      '#edge-agent/main.ts',
    ],
    forbidden: ['#test/support/fake-bus.ts', '../test/support/fake-bus.ts'],
  },
};

const globals = [
  'process',
  'setTimeout(f, 1)',
  'setInterval(f, 1)',
  'Date.now()',
  'Math.random()',
  'fetch("")',
];

let folder = '';
let printed = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'odoopbx-lint-'));
  copyFileSync(join(checkout, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
  const write = (name: string, lines: string[]) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), lines.join('\n'));
  };
  for (const [name, { allowed, forbidden }] of Object.entries(cases)) {
    write(
      name,
      [...allowed, ...forbidden].map((from, at) => `export { x${at} } from '${from}';`),
    );
  }
  write(
    'core/impure.ts',
    globals.map((use, at) => `export const x${at} = (f) => ${use};`),
  );
  const oxlint = join(checkout, 'node_modules/.bin/oxlint');
  const run = promisify(execFile)(oxlint, ['-f', 'unix'], { cwd: folder });
  ({ stdout: printed } = await run.catch((error: { stdout: string }) => error));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The lines of a file on which a rule was broken. */
function broken(name: string, rule: RegExp): number[] {
  const lines = printed.split('\n').filter((line) => line.startsWith(`${name}:`) && rule.test(line));
  return [...new Set(lines.map((line) => Number(line.split(':')[1])))].toSorted((a, b) => a - b);
}

test.each(Object.entries(cases))(
  '%s may import what its folder may, and nothing else',
  (name, { allowed, forbidden }) => {
    const all = [...allowed, ...forbidden];
    expect(broken(name, /no-restricted-imports/).map((line) => all[line - 1])).toEqual(forbidden);
  },
);

test('core has no clock, no randomness and does no I/O', () => {
  expect(
    broken('core/impure.ts', /no-restricted-(globals|properties)/).map((line) => globals[line - 1]),
  ).toEqual(globals);
});
