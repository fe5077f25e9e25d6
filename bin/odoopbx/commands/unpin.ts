import type { DefineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { findPbx } from '../targets.ts';
import { confirmed } from '../terminal/confirm.ts';

export const defineUnpin: DefineCommand = (program, run) => {
  program
    .command('unpin <tenant/pbx>')
    .description('let another Odoo database hand in jobs for a PBX')
    .option('-y, --yes', 'do not ask')
    .addHelpText(
      'after',
      `
The first Odoo database that hands in a job is pinned to the PBX; any other gets 403, so that a staging copy dials no
real phones. After a move to another database the next one that comes is pinned.

Example:
  odoopbx unpin acme/hq`,
    )
    .action((target: string, options: { yes?: boolean }) =>
      run((context) => unpin(context, target, options)),
    );
};

async function unpin(context: Context, target: string, { yes }: { yes?: boolean }): Promise<ExitCode> {
  const { tenant, name, pbx } = findPbx(context.fleetFile().fleet, target);
  const { pbxRows } = await context.cloud();
  const pinned = (await pbxRows.read([pbx])).get(pbx)?.instanceUid ?? null;
  if (pinned === null) {
    context.output.result({ pbx, unpinned: null }, `No Odoo database is pinned to ${tenant}/${name}.`);
    return exitCodes.ok;
  }
  const question = `${tenant}/${name} is pinned to the database ${pinned}. The next database that hands in a job takes its place. Go on?`;
  if (!(await confirmed(context, question, yes))) return exitCodes.failure;
  await pbxRows.unpin(pbx);
  context.output.result(
    { pbx, unpinned: pinned },
    `${tenant}/${name} is free: the next Odoo database is pinned.`,
  );
  return exitCodes.ok;
}
