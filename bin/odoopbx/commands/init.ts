import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { DefineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { fleetTemplate } from '../fleet-file/fleet-template.ts';
import { parseFleet } from '../fleet-file/parse-fleet.ts';
import { writeAtomically } from '../fleet-file/write-atomically.ts';

/** What the commands leave beside fleet.yaml and git should not see. */
const ignored = ['cdk.out/', 'node_modules/'];

export const defineInit: DefineCommand = (program, run) => {
  program
    .command('init')
    .description('write a fleet.yaml with every setting explained')
    .option('--region <region>', 'AWS region (default: AWS_REGION of the environment)')
    .option('--name <name>', 'name of the platform: begins every resource', 'odoopbx')
    .addHelpText('after', '\nExample:\n  odoopbx init --region eu-central-1')
    .action((options: { region?: string; name: string }) => run((context) => init(context, options)));
};

function init(
  { world, output, fleetPath, fleetName }: Context,
  options: { region?: string; name: string },
): void {
  if (existsSync(fleetPath)) {
    throw new OdoopbxError('CONFIG_INVALID', `${fleetName} exists already: nothing was written`);
  }
  const region = options.region ?? world.env['AWS_REGION'] ?? world.env['AWS_DEFAULT_REGION'];
  if (region === undefined) {
    throw new OdoopbxError(
      'CONFIG_INVALID',
      'which AWS region? Say --region, for example --region eu-central-1',
    );
  }
  const text = fleetTemplate({ name: options.name, region });
  parseFleet(text, fleetName);
  writeAtomically(fleetPath, text);
  const missing = notIgnored(dirname(fleetPath));
  output.result(
    { file: fleetPath, platform: options.name, region, gitignore: missing },
    [
      `${fleetName} written: platform ${options.name} in ${region}.`,
      ...(missing.length > 0 ? [`Put into .gitignore: ${missing.join(' ')}`] : []),
      'Next: odoopbx add tenant NAME --odoo-url URL --db DB --login LOGIN',
    ].join('\n'),
  );
}

function notIgnored(folder: string): string[] {
  const file = join(folder, '.gitignore');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split(/\r?\n/) : [];
  const has = (entry: string) =>
    lines.some((line) => line.trim().replaceAll('/', '') === entry.replaceAll('/', ''));
  return ignored.filter((entry) => !has(entry));
}
