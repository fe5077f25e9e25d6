import { commandGroup, type DefineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { findPbx } from '../targets.ts';

export const defineKeyList: DefineCommand = (program, run) => {
  commandGroup(program, 'key', "the keys by which Odoo opens a PBX's door (x-api-key)")
    .command('list <tenant/pbx>')
    .description('the valid keys, by the beginning of their SHA-256')
    .addHelpText(
      'after',
      '\nExample:\n  odoopbx key list acme/hq\n\nWhich one is yours: printf %s "$KEY" | sha256sum',
    )
    .action((target: string) => run((context) => list(context, target)));
};

async function list(context: Context, target: string): Promise<void> {
  const { tenant, name, pbx } = findPbx(context.fleetFile().fleet, target);
  const keys = (await (await context.cloud()).pbxKeys.list(pbx)).map((hash) => hash.slice(0, 12));
  const lines = keys.map((hash, place) => `${hash}  ${place === keys.length - 1 ? 'newest' : 'older'}`);
  context.output.result(
    { pbx, keys },
    lines.length > 0
      ? lines.join('\n')
      : `${tenant}/${name} has no key: odoopbx key rotate ${tenant}/${name}`,
  );
}
