import { commandGroup, type DefineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { forget } from '../cut-off.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { removePbx } from '../fleet-file/edit-fleet.ts';
import { writeAtomically } from '../fleet-file/write-atomically.ts';
import { findPbx } from '../targets.ts';
import { confirmed } from '../terminal/confirm.ts';

interface Options {
  yes?: boolean;
  fileOnly?: boolean;
}

export const defineRemovePbx: DefineCommand = (program, run) => {
  commandGroup(program, 'remove', 'remove a tenant or a PBX')
    .command('pbx <tenant/name>')
    .description('take a PBX its certificate and keys, and remove it from fleet.yaml')
    .option('--file-only', 'change fleet.yaml alone: the PBX was never deployed')
    .option('-y, --yes', 'do not ask')
    .addHelpText(
      'after',
      `
CloudFormation can not delete an IoT thing that a certificate is attached to: this command deactivates and detaches
it first. The next "odoopbx deploy TENANT" then deletes the thing and the job queue.

Example:
  odoopbx remove pbx acme/lab && odoopbx deploy acme`,
    )
    .action((target: string, options: Options) => run((context) => remove(context, target, options)));
};

async function remove(context: Context, target: string, { yes, fileOnly }: Options): Promise<ExitCode> {
  const { output, fleetPath, fleetName, fleetFile, names } = context;
  const { fleet, text } = fleetFile();
  const { tenant, name, pbx, pbxConfig } = findPbx(fleet, target);
  // First what can fail without harm: is the file one that can be edited?
  const edited = removePbx(text, fleetName, tenant, name);
  const question = fileOnly
    ? `Remove ${tenant}/${name} from ${fleetName}?`
    : `${tenant}/${name}: its agent is cut off at once, its door keys stop working, jobs that wait for it are lost with the next deploy. Go on?`;
  if (!(await confirmed(context, question, yes))) return exitCodes.failure;
  const certificates = fileOnly ? [] : await forget(await context.cloud(), pbx);
  if (!fileOnly && pbxConfig.odoo)
    await (await context.cloud()).secrets.delete([names().odooSecret(tenant, name)]);
  writeAtomically(fleetPath, edited);
  output.result(
    { pbx, file: fleetPath, certificates },
    [
      `PBX ${tenant}/${name} is out of ${fleetName}; ${certificates.length} certificate(s) deactivated.`,
      `Next: odoopbx deploy ${tenant}      (deletes its thing and its job queue)`,
    ].join('\n'),
  );
  return exitCodes.ok;
}
