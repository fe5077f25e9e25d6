/**
 * `npm test [-- --quick]`: every suite, then one line that sums them up.
 * quick: unit, contract, integration, fuzz, chaos. lab: end to end on the real Asterisk and Odoo, and Odoo's own
 * tests of the addons. Where the lab can not be built (not Debian, not root) its suites are left out and
 * named; with CI=true that fails the run.
 */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './test/run-command.ts';
import { readOdooSummary, readVitestReport, sum, type Tally } from './test/tally.ts';

/** scripts/lab/main.ts exits with this where the machine can not have a lab. */
const labImpossible = 3;

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

async function labSuites(): Promise<void> {
  const names = 'end-to-end tests and the addons’ own tests';
  if (flags.has('--quick')) {
    leftOut.push(`${names}: --quick was asked for`);
    return;
  }
  const up = await run('node', ['scripts/lab/main.ts', 'up']);
  if (up.code === labImpossible && !inCi) {
    leftOut.push(`${names}: this machine can not have the lab (the reason stands above)`);
    return;
  }
  if (up.code !== 0) {
    tallies.push({ suite: 'lab', passed: 0, failed: 1, skipped: 0 });
    return;
  }
  await vitest('e2e');
  const odoo = await run('node', ['scripts/lab/main.ts', 'odoo-test'], { capture: true });
  tallies.push(readOdooSummary(odoo.output, odoo.code));
}

await vitest('quick');
await labSuites();

console.log('');
for (const t of tallies)
  console.log(`${t.suite}: ${t.passed} passed, ${t.failed} failed, ${t.skipped} skipped`);
for (const reason of leftOut) console.log(`LEFT OUT ${reason}`);
const total = sum(tallies);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);
