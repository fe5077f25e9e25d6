import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { commandGroup, type DefineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { findPbx } from '../targets.ts';
import { confirmed } from '../terminal/confirm.ts';

const sha256 = /^[0-9a-f]{64}$/;

export const defineKeyAdd: DefineCommand = (program, run) => {
  commandGroup(program, 'key', "the keys by which Odoo opens a PBX's door (x-api-key)")
    .command('add <tenant/pbx> <sha256>')
    .description('accept a key that was made in Odoo, which shows its SHA-256; the key itself never travels')
    .option('-y, --yes', 'do not ask before an older key stops working')
    .addHelpText('after', '\nExample:\n  odoopbx key add acme/hq 3f9a0c41d2b7…')
    .action((target: string, hash: string, options: { yes?: boolean }) =>
      run((context) => add(context, target, hash, options)),
    );
};

async function add(
  context: Context,
  target: string,
  hash: string,
  { yes }: { yes?: boolean },
): Promise<ExitCode> {
  const { tenant, name, pbx } = findPbx(context.fleetFile().fleet, target);
  const wanted = hash.trim().toLowerCase();
  if (!sha256.test(wanted)) {
    throw new OdoopbxError(
      'CONFIG_INVALID',
      `that is no SHA-256 of a key: it has 64 characters of 0-9 and a-f, yours has ${wanted.length}`,
    );
  }
  const { pbxKeys } = await context.cloud();
  const before = await pbxKeys.list(pbx);
  const [oldest = ''] = before;
  if (before.length > 1 && !before.includes(wanted)) {
    const question = `Two keys of ${tenant}/${name} are valid; the older one (${oldest.slice(0, 12)}) stops working now. Go on?`;
    if (!(await confirmed(context, question, yes))) return exitCodes.failure;
  }
  const after = await pbxKeys.add(pbx, wanted);
  const ended = before.filter((known) => !after.includes(known)).map((known) => known.slice(0, 12));
  context.output.result(
    { pbx, valid: after.length, ended },
    `The key is accepted; ${after.length} key(s) of ${tenant}/${name} are valid.`,
  );
  return exitCodes.ok;
}
