import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { commandGroup, type DefineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { findPbx } from '../targets.ts';
import { confirmed } from '../terminal/confirm.ts';

export const defineKeyRemove: DefineCommand = (program, run) => {
  commandGroup(program, 'key', "the keys by which Odoo opens a PBX's door (x-api-key)")
    .command('remove <tenant/pbx> <key>')
    .description('end a key at once; KEY is the beginning of its SHA-256, as "key list" shows it')
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', '\nExample:\n  odoopbx key remove acme/hq 3f9a0c41d2b7')
    .action((target: string, key: string, options: { yes?: boolean }) =>
      run((context) => remove(context, target, key, options)),
    );
};

async function remove(
  context: Context,
  target: string,
  key: string,
  { yes }: { yes?: boolean },
): Promise<ExitCode> {
  const { tenant, name, pbx } = findPbx(context.fleetFile().fleet, target);
  const { pbxKeys } = await context.cloud();
  const matching = (await pbxKeys.list(pbx)).filter((hash) => hash.startsWith(key.toLowerCase()));
  const [hash] = matching;
  if (hash === undefined || matching.length > 1 || key.length < 6) {
    throw new OdoopbxError(
      'CONFIG_INVALID',
      `no key of ${tenant}/${name} is meant by that: give at least 6 letters of what "odoopbx key list ${tenant}/${name}" shows`,
    );
  }
  const question = `The key ${hash.slice(0, 12)} of ${tenant}/${name} stops working now. Go on?`;
  if (!(await confirmed(context, question, yes))) return exitCodes.failure;
  const left = await pbxKeys.remove(pbx, hash);
  context.output.result(
    { pbx, valid: left.length },
    `Removed; ${left.length} key(s) of ${tenant}/${name} are valid.`,
  );
  return exitCodes.ok;
}
