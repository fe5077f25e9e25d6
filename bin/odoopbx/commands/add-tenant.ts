import { commandGroup, type DefineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { addTenant } from '../fleet-file/edit-fleet.ts';
import { writeAtomically } from '../fleet-file/write-atomically.ts';

interface Options {
  odooUrl: string;
  db: string;
  login: string;
}

export const defineAddTenant: DefineCommand = (program, run) => {
  commandGroup(program, 'add', 'add a tenant or a PBX to fleet.yaml')
    .command('tenant <name>')
    .description('add a customer: one Odoo database')
    .requiredOption('--odoo-url <url>', "the Odoo's address, https")
    .requiredOption('--db <database>', 'its database')
    .requiredOption('--login <login>', 'its user of the group "PBX server"')
    .addHelpText(
      'after',
      '\nExample:\n  odoopbx add tenant acme --odoo-url https://acme.odoo.com --db acme --login pbx',
    )
    .action((name: string, options: Options) => run((context) => add(context, name, options)));
};

function add(
  { output, fleetPath, fleetName, fleetFile }: Context,
  tenant: string,
  { odooUrl, db, login }: Options,
): void {
  writeAtomically(fleetPath, addTenant(fleetFile().text, fleetName, tenant, { url: odooUrl, db, login }));
  output.result(
    { tenant, file: fleetPath },
    [
      `Tenant ${tenant} is in ${fleetName}.`,
      `Next: odoopbx add pbx ${tenant}/NAME`,
      `      odoopbx secret set ${tenant}      (the password or API key of ${login})`,
      `      odoopbx deploy ${tenant}`,
    ].join('\n'),
  );
}
