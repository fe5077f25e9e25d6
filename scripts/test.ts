/**
 * `npm test [-- --quick]`: every suite, then one line that sums them up.
 * quick: unit, contract, integration, fuzz, chaos. lab: end to end on the real Asterisk and Odoo, and Odoo's own
 * tests of the addons. Where the lab can not be built (not Debian, not root) its suites are left out and
 * named; with CI=true that fails the run.
 */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { notPossibleExitCode } from './lab/possible.ts';
import { run } from './test/run-command.ts';
import { readOdooSummary, readVitestReport, sum, type Tally } from './test/tally.ts';

const flags = new Set(process.argv.slice(2));
if (flags.has('--help')) {
  console.log('npm test              every suite; builds the lab where it may (Debian, root)');
  console.log('npm test -- --quick   without the lab: no end-to-end tests');
  process.exit(0);
}
const inCi = process.env['CI'] === 'true';
const tallies: Tally[] = [];
const leftOut: string[] = [];

async function vitest(projectName: string): Promise<void> {
  const report = join(tmpdir(), `odoopbx-vitest-${process.pid}-${projectName}.json`);
  const { code } = await run('vitest', [
    'run',
    '--project',
    projectName,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ]);
  tallies.push(readVitestReport(projectName, report, code));
  rmSync(report, { force: true });
}

async function labIsUp(): Promise<boolean> {
  const names = 'end-to-end tests and the addons’ own tests';
  if (flags.has('--quick')) {
    leftOut.push(`${names}: --quick was asked for`);
    return false;
  }
  const up = await run('node', ['scripts/lab/main.ts', 'up']);
  if (up.code === 0) return true;
  if (up.code === notPossibleExitCode && !inCi) {
    leftOut.push(`${names}: this machine can not have the lab (the reason stands above)`);
  } else {
    tallies.push({ suite: 'lab', passed: 0, failed: 1, skipped: 0 });
  }
  return false;
}

async function labSuites(): Promise<void> {
  await vitest('e2e');
  const odoo = await run('node', ['scripts/lab/main.ts', 'odoo-test'], { capture: true });
  tallies.push(readOdooSummary(odoo.output, odoo.code));
}

// First of all, so that the browser tests of the quick suites find the browser that comes with the lab.
const hasLab = await labIsUp();
await vitest('quick');
if (hasLab) await labSuites();

console.log('');
for (const t of tallies)
  console.log(`${t.suite}: ${t.passed} passed, ${t.failed} failed, ${t.skipped} skipped`);
for (const reason of leftOut) console.log(`LEFT OUT ${reason}`);
const total = sum(tallies);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);
