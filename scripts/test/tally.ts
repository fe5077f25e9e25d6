import { existsSync, readFileSync } from 'node:fs';
import * as z from 'zod';

export interface Tally {
  suite: string;
  passed: number;
  failed: number;
  skipped: number;
}

const vitestReportSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  numFailedTestSuites: z.number(),
});

/** Counts of vitest's JSON report; a run that failed outside a test (no report, a file that threw) counts as one. */
export function readVitestReport(suite: string, path: string, exitCode: number): Tally {
  if (!existsSync(path)) return { suite, passed: 0, failed: 1, skipped: 0 };
  const report = vitestReportSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  const failed = report.numFailedTests;
  return {
    suite,
    passed: report.numPassedTests,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** `lab odoo-test` closes with "odoo-test: N tests passed"; before a failure stand Odoo's own counts. */
export function readOdooSummary(output: string, exitCode: number): Tally {
  const suite = 'odoo addons';
  const ran = Number(/^odoo-test: (\d+) tests/m.exec(output)?.[1] ?? 0);
  const counts = [...output.matchAll(/(\d+) failed, (\d+) error\(s\) of \d+ tests/g)];
  const failed = counts.reduce((total, [, failures, errors]) => total + Number(failures) + Number(errors), 0);
  if (exitCode === 0) return { suite, passed: ran, failed: 0, skipped: 0 };
  return { suite, passed: Math.max(0, ran - failed), failed: Math.max(1, failed), skipped: 0 };
}

export function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (total, t) => ({
      suite: 'all',
      passed: total.passed + t.passed,
      failed: total.failed + t.failed,
      skipped: total.skipped + t.skipped,
    }),
    { suite: 'all', passed: 0, failed: 0, skipped: 0 },
  );
}
