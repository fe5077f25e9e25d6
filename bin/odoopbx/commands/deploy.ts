import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readApiUrl } from '../api-url.ts';
import type { Cloud } from '../cloud/cloud.ts';
import type { DefineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { type Cdk, createCdk } from '../deploy/cdk.ts';
import { parseCount } from '../duration.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { expectedSecrets } from '../expected-secrets.ts';
import { findTenant } from '../targets.ts';
import { confirmed } from '../terminal/confirm.ts';

interface Options {
  all?: boolean;
  diff?: boolean;
  concurrency: string;
  verbose?: boolean;
  yes?: boolean;
}

/** What `cdk bootstrap` makes. */
const bootstrapStack = 'CDKToolkit';

export const defineDeploy: DefineCommand = (program, run) => {
  program
    .command('deploy [tenants...]')
    .description('bring fleet.yaml to AWS: the platform, the API, then the named tenants')
    .option('-a, --all', 'every tenant of fleet.yaml')
    .option('-d, --diff', 'only show what would change')
    .option('--concurrency <count>', "tenants' stacks at a time", '5')
    .option('-v, --verbose', "show all that the CDK's CLI prints")
    .option('-y, --yes', 'do not ask (the first time, CDK has to prepare the account)')
    .addHelpText(
      'after',
      `
Without names and without --all: the platform and the API alone. What did not change is skipped quickly.

Examples:
  odoopbx deploy --all --diff
  odoopbx deploy --all
  odoopbx deploy acme beta`,
    )
    .action((tenants: string[], options: Options) => run((context) => deploy(context, tenants, options)));
};

async function deploy(context: Context, named: string[], options: Options): Promise<ExitCode> {
  const { output, names } = context;
  const { fleet } = context.fleetFile();
  const concurrency = parseCount(options.concurrency, { option: '--concurrency', min: 1, max: 50 });
  for (const tenant of named) findTenant(fleet, tenant);
  const tenants = options.all ? Object.keys(fleet.tenants) : [...new Set(named)];
  const aws = names();
  const tenantStacks = tenants.map((tenant) => aws.tenantStack(tenant));
  const steps = [[aws.platformStack], [aws.apiStack], tenantStacks].filter((stacks) => stacks.length > 0);
  const cloud = await context.cloud();
  const cdk = createCdk(context, options.verbose ?? false);
  const assembly = mkdtempSync(join(tmpdir(), 'odoopbx-cdk-'));
  try {
    await cdk.run('synthesising the stacks', ['synth', '--quiet', '--output', assembly]);
    if (options.diff) return await showDiff(context, cdk, assembly, steps.flat());
    await warnOfMissingSecrets(context, cloud, tenants);
    if (!(await bootstrapped(context, cloud, cdk, options.yes))) return exitCodes.failure;
    for (const stacks of steps) {
      await cdk.run(
        `deploying ${stacks.length === 1 ? stacks[0] : `${stacks.length} tenants`}`,
        deployArguments(assembly, concurrency, stacks),
      );
    }
  } finally {
    rmSync(assembly, { recursive: true, force: true });
  }
  const apiUrl = await readApiUrl(cloud.stacks, names());
  const left = Object.keys(fleet.tenants).length - tenants.length;
  if (left > 0 && named.length === 0) output.note(`${left} tenant(s) were left out: odoopbx deploy --all`);
  output.result({ stacks: steps.flat(), apiUrl }, apiUrl);
  return exitCodes.ok;
}

/** The stacks name each other by name alone: `--exclusively` keeps the CDK from deploying what they depend on again. */
function deployArguments(assembly: string, concurrency: number, stacks: readonly string[]): string[] {
  const quiet = ['--require-approval', 'never', '--method', 'direct', '--progress', 'events', '--ci'];
  const which = ['--exclusively', '--concurrency', String(concurrency), ...stacks];
  return ['deploy', '--app', assembly, ...quiet, ...which];
}

async function showDiff(
  { output }: Context,
  cdk: Cdk,
  assembly: string,
  stacks: string[],
): Promise<ExitCode> {
  const lines = await cdk.run('comparing with what is deployed', [
    'diff',
    '--app',
    assembly,
    '--exclusively',
    ...stacks,
  ]);
  const diff = lines.join('\n');
  output.result({ stacks, diff }, diff);
  return exitCodes.ok;
}

/** Deploying goes on without: events wait in the inbox until the secret is there. */
async function warnOfMissingSecrets(
  { output, names, fleetFile }: Context,
  { secrets }: Cloud,
  tenants: string[],
) {
  const { fleet } = fleetFile();
  const all = expectedSecrets(fleet, names());
  const wanted = all.filter(({ target }) => tenants.includes(target.split('/')[0] ?? ''));
  if (wanted.length === 0) return;
  const there = new Set((await secrets.list(`/${fleet.platform.name}/`)).map(({ name }) => name));
  for (const { target, parameter } of wanted) {
    if (there.has(parameter)) continue;
    output.warn(`${parameter} is not set; events wait until it is: odoopbx secret set ${target}`);
  }
}

/** CDK needs a bucket and roles of its own in each account and region, once. */
async function bootstrapped(
  context: Context,
  { stacks, account, region }: Cloud,
  cdk: Cdk,
  yes: boolean | undefined,
): Promise<boolean> {
  if (await stacks.find(bootstrapStack)) return true;
  const place = `aws://${account}/${region}`;
  const question = `CDK has not been set up in ${place} yet (a bucket and roles, once). Do it now?`;
  if (!(await confirmed(context, question, yes))) return false;
  await cdk.run(`setting CDK up in ${place}`, ['bootstrap', place]);
  return true;
}
