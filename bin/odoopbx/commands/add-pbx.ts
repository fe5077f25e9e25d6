import { commandGroup, type DefineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { addPbx } from '../fleet-file/edit-fleet.ts';
import { writeAtomically } from '../fleet-file/write-atomically.ts';
import { splitTarget } from '../targets.ts';

export const defineAddPbx: DefineCommand = (program, run) => {
  commandGroup(program, 'add', 'add a tenant or a PBX to fleet.yaml')
    .command('pbx <tenant/name>')
    .description('add a PBX: one Asterisk seen by one agent')
    .option('--login <login>', 'an Odoo user for this PBX alone, with a secret of its own')
    .addHelpText('after', '\nExample:\n  odoopbx add pbx acme/hq')
    .action((target: string, options: { login?: string }) => run((context) => add(context, target, options)));
};

function add(
  { output, fleetPath, fleetName, fleetFile }: Context,
  target: string,
  { login }: { login?: string },
): void {
  const { tenant, name } = splitTarget(target);
  writeAtomically(fleetPath, addPbx(fleetFile().text, fleetName, tenant, name, { login }));
  output.result(
    { tenant, pbx: `${tenant}_${name}`, file: fleetPath },
    [
      `PBX ${tenant}/${name} is in ${fleetName}.`,
      ...(login === undefined ? [] : [`Next: odoopbx secret set ${tenant}/${name}      (of ${login})`]),
      `Next: odoopbx deploy ${tenant}`,
      `      odoopbx key rotate ${tenant}/${name}      (prints the key to put into Odoo)`,
      `      odoopbx invite ${tenant}/${name}      (prints the line to run on the PBX)`,
    ].join('\n'),
  );
}
