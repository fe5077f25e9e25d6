import type { Command } from 'commander';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { commandGroup, type DefineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { findPbx, findTenant } from '../targets.ts';

/** What SSM takes as a standard parameter, in bytes. */
const maxBytes = 4096;

export const defineSecretSet: DefineCommand = (program, run) => {
  commandGroup(program, 'secret', "Odoo's passwords and API keys, in SSM Parameter Store")
    .command('set <tenant[/pbx]>')
    .description('store the password or API key of an Odoo user, from standard input or a hidden prompt')
    .addHelpText(
      'after',
      `
It is never an argument: arguments stand in the shell's history and in the list of processes.
Functions take a new value over within five minutes, at once where Odoo refuses the old one.

Examples:
  odoopbx secret set acme                       asks, without showing what is typed
  odoopbx secret set acme < key.txt
  pass show odoo/acme | odoopbx secret set acme
  odoopbx secret set acme/lab                   where the PBX has an odoo.login of its own`,
    )
    // Commander would repeat what it did not expect: it may be the secret.
    .allowExcessArguments()
    .action((target: string, _: object, command: Command) =>
      run((context) => {
        if (command.args.length === 1) return set(context, target);
        throw new OdoopbxError(
          'CONFIG_INVALID',
          'a secret is never an argument: give it on standard input. If it was one, your shell remembers it: clear its history',
        );
      }),
    );
};

async function set(context: Context, target: string): Promise<void> {
  const { output, names, cloud } = context;
  const { tenant, name, login } = whose(context, target);
  const value = await readSecret(context, `Password or API key of ${login} (${target}): `);
  const parameter = names().odooSecret(tenant, name);
  await (await cloud()).secrets.set(parameter, value);
  output.result({ target, parameter }, `${parameter} is set.`);
}

function whose({ fleetFile }: Context, target: string): { tenant: string; name?: string; login: string } {
  const { fleet } = fleetFile();
  if (!/[/_]/.test(target)) return { tenant: target, login: findTenant(fleet, target).config.odoo.login };
  const { tenant, name, config, pbxConfig } = findPbx(fleet, target);
  if (pbxConfig.odoo) return { tenant, name, login: pbxConfig.odoo.login };
  throw new OdoopbxError(
    'CONFIG_INVALID',
    `${tenant}/${name} uses the tenant's user ${config.odoo.login}: set "odoopbx secret set ${tenant}", or give the PBX an odoo.login of its own in fleet.yaml`,
  );
}

async function readSecret({ world: { stdin } }: Context, prompt: string): Promise<string> {
  const value = stdin.isTTY ? await stdin.readHidden(prompt) : (await stdin.readAll()).replace(/\r?\n$/, '');
  if (value === '') throw new OdoopbxError('CONFIG_INVALID', 'the secret is empty: nothing was stored');
  // oxlint-disable-next-line no-control-regex -- a file that is no password file
  if (/[\x00-\x1f\x7f]/.test(value)) {
    throw new OdoopbxError(
      'CONFIG_INVALID',
      'the secret must be one line without control characters: nothing was stored',
    );
  }
  if (Buffer.byteLength(value) > maxBytes) {
    throw new OdoopbxError(
      'CONFIG_INVALID',
      `the secret must be at most ${maxBytes} bytes: nothing was stored`,
    );
  }
  return value;
}
