import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { hasTests, ownAddons } from './odoo-addons.ts';
import { copyTemplate, dropDatabase } from './odoo-database.ts';
import { runOdoo } from './odoo-program.ts';
import { sql } from './postgresql-service.ts';
import { isRunning } from './service.ts';
import { note, secondsSince } from './progress.ts';
import { requirePossible } from './possible.ts';
import { paths, ports } from './settings.ts';

const scratch = 'odoo_test_';
const logFile = join(paths.log, 'odoo-test.log');

/**
 * Installs the addons in a scratch copy of the template database and runs their own tests there.
 * Answers the exit code: not 0 too when an addon has tests and none ran.
 */
export async function runOdooTests(chosen: readonly string[]): Promise<number> {
  requirePossible();
  const addons = chosen.length > 0 ? chosen : ownAddons();
  if (addons.length === 0) throw new Error('There are no addons in odoo-addons/');
  if (!isRunning('postgresql')) throw new Error('PostgreSQL does not run: npm run lab -- up');
  await dropAbandoned();
  const database = `${scratch}${process.pid}`;
  const start = performance.now();
  note(`tests of ${addons.join(', ')} on ${database} ...`);
  try {
    await copyTemplate(database);
    return await testOn(database, addons, start);
  } finally {
    await dropDatabase(database);
  }
}

/** Scratch databases of test runs that were killed. */
async function dropAbandoned(): Promise<void> {
  for (const name of await sql('postgres', 'SELECT datname FROM pg_database')) {
    const abandoned = name.startsWith(scratch) && !existsSync(`/proc/${name.slice(scratch.length)}`);
    if (abandoned) await dropDatabase(name);
  }
}

async function testOn(database: string, addons: readonly string[], start: number): Promise<number> {
  const tags = addons.map((addon) => `/${addon}`).join(',');
  const what = ['-d', database, '-i', addons.join(','), '--test-tags', tags, '--stop-after-init'];
  const logging = ['--log-handler', ':WARNING', '--log-handler', 'odoo.tests:INFO'];
  const args = [...what, '--http-port', String(ports.odooTest), ...logging];
  const { code, stderr, stdout } = await runOdoo(args, { logFile, allowFailure: true });
  const output = stderr + stdout;
  const failed = code !== 0 || output.split('\n').some(isTrouble);
  const ran = testsRun(output);
  if (failed) process.stdout.write(output);
  const none = ran === 0 && addons.some(hasTests);
  const verdict = failed ? 'FAILED' : none ? 'FAILED: no test ran' : 'passed';
  process.stdout.write(`odoo-test: ${ran} tests ${verdict} in ${secondsSince(start)} (${logFile})\n`);
  return failed || none ? Math.max(code, 1) : 0;
}

/** Debian leaves a minified library out of Odoo's mail: every build of the web client's assets says so. */
const missingInDebian = 'mail/static/lib/selfie_segmentation/';

function isTrouble(line: string): boolean {
  return /\b(ERROR|CRITICAL)\b/.test(line) && !line.includes(missingInDebian);
}

function testsRun(output: string): number {
  const summaries = output.matchAll(/\d+ failed, \d+ error\(s\) of (\d+) tests/g);
  return [...summaries].reduce((sum, match) => sum + Number(match[1]), 0);
}
