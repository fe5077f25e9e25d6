import { createHash } from 'node:crypto';
import { commandGroup, type DefineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { findPbx } from '../targets.ts';
import { confirmed } from '../terminal/confirm.ts';

/** 256 bits. */
const keyBytes = 32;

export const defineKeyRotate: DefineCommand = (program, run) => {
  commandGroup(program, 'key', "the keys by which Odoo opens a PBX's door (x-api-key)")
    .command('rotate <tenant/pbx>')
    .description('make a new key and print it once; the one before stays valid beside it')
    .option('-y, --yes', 'do not ask before an older key stops working')
    .addHelpText(
      'after',
      `
Two keys are valid at once: put the new one into Odoo (PBX server, API key), see that jobs pass, then remove the old
one with "odoopbx key list" and "odoopbx key remove". Only a hash of the key is stored.

Examples:
  odoopbx key rotate acme/hq
  odoopbx --json key rotate acme/hq | jq -r .key`,
    )
    .action((target: string, options: { yes?: boolean }) =>
      run((context) => rotate(context, target, options)),
    );
};

async function rotate(context: Context, target: string, { yes }: { yes?: boolean }): Promise<ExitCode> {
  const { world, output } = context;
  const { tenant, name, pbx } = findPbx(context.fleetFile().fleet, target);
  const { pbxKeys } = await context.cloud();
  const before = await pbxKeys.list(pbx);
  const [oldest = ''] = before;
  if (before.length > 1) {
    const question = `Two keys of ${tenant}/${name} are valid; the older one (${oldest.slice(0, 12)}) stops working now. Go on?`;
    if (!(await confirmed(context, question, yes))) return exitCodes.failure;
  }
  const key = Buffer.from(world.randomBytes(keyBytes)).toString('base64url');
  const after = await pbxKeys.add(pbx, createHash('sha256').update(key).digest('hex'));
  const ended = before.filter((hash) => !after.includes(hash)).map((hash) => hash.slice(0, 12));
  output.note(
    `The new key of ${tenant}/${name}; it is shown this once. ${after.length} key(s) are valid now.`,
  );
  output.result({ pbx, key, valid: after.length, ended }, key);
  return exitCodes.ok;
}
