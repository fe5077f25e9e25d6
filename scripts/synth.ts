/**
 * `npm run synth [-- FLEET]`: the stacks of a fleet (fleet.example.yaml where none is named) into cdk.out, without
 * an account and offline; what they hold and what the checks found. Ends with 1 where a finding is not acknowledged.
 */
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { readFleetFile } from '#bin/odoopbx/fleet-file/read-fleet-file.ts';
import { messageOf } from '#core/errors/odoopbx-error.ts';
import { pbxIdsOf } from '#core/fleet/fleet.ts';
import { createFleetApp } from '#lib/app.ts';
import { bundleLambdas } from '#lib/bundle/bundle-lambdas.ts';
import { type Finding, readFindings, reportFile } from '#lib/findings.ts';

const checkout = join(import.meta.dirname, '..');
const outdir = join(checkout, 'cdk.out');
const started = performance.now();
const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;

async function synth(fleetPath: string): Promise<number> {
  const { fleet } = readFleetFile(fleetPath);
  const { tenants } = fleet;
  console.log(
    `${relative('.', fleetPath)}: ${Object.keys(tenants).length} tenants, ${pbxIdsOf(fleet).length} PBXs`,
  );
  const bundles = await bundleLambdas(join(checkout, 'dist/lambdas'));
  for (const [name, { bytes }] of bundles) console.log(`  ${name}: ${(bytes / 1024).toFixed(0)} KB`);
  console.log(`bundled after ${seconds()}\n`);

  rmSync(outdir, { recursive: true, force: true });
  let failure: string | undefined;
  try {
    createFleetApp(fleet, { bundles, outdir }).synth();
  } catch (error) {
    // Without a report it is no finding that stopped it.
    if (!existsSync(join(outdir, reportFile))) throw error;
    failure = messageOf(error);
  }
  for (const { stack, resources } of writtenStacks()) console.log(`  ${stack}: ${resources} resources`);
  const findings = readFindings(outdir);
  console.log('');
  report(findings.filter(({ reason }) => reason !== undefined));
  const open = findings.filter(({ reason }) => reason === undefined);
  for (const { rule, severity, at, description } of open) {
    console.log(`${severity.toUpperCase()} ${rule} at ${at.join(', ')}\n  ${description}`);
  }
  if (failure !== undefined) console.log(failure);
  console.log(`\n${open.length} findings without acknowledgement; ${seconds()}; ${relative('.', outdir)}`);
  return open.length > 0 || failure !== undefined ? 1 : 0;
}

function writtenStacks(): { stack: string; resources: number }[] {
  const end = '.template.json';
  return readdirSync(outdir)
    .filter((file) => file.endsWith(end))
    .map((file) => {
      const { Resources } = JSON.parse(readFileSync(join(outdir, file), 'utf8')) as { Resources: object };
      return { stack: file.slice(0, -end.length), resources: Object.keys(Resources).length };
    });
}

/** A line per reason: many constructs are acknowledged for the same one. */
function report(acknowledged: readonly Finding[]): void {
  for (const [reason, same] of Map.groupBy(acknowledged, (finding) => finding.reason)) {
    const rules = new Set(same.map(({ rule }) => rule.replace(/\[.*/, '')));
    const count = same.reduce((sum, { at }) => sum + at.length, 0);
    console.log(`  acknowledged ${[...rules].join(', ')} ×${count}: ${reason}`);
  }
}

const [argument] = process.argv.slice(2);
if (argument?.startsWith('-')) {
  console.log('Usage: npm run synth [-- FLEET]      (default: fleet.example.yaml)');
  process.exit(argument === '--help' || argument === '-h' ? 0 : 2);
}
try {
  process.exitCode = await synth(resolve(argument ?? join(checkout, 'fleet.example.yaml')));
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
