import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { ResourceNames } from '#core/fleet/resource-names.ts';
import type { Cloud } from '../cloud/cloud.ts';
import { commandGroup, type DefineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { forget } from '../cut-off.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { removeTenant } from '../fleet-file/edit-fleet.ts';
import { writeAtomically } from '../fleet-file/write-atomically.ts';
import { findTenant } from '../targets.ts';
import { confirmed } from '../terminal/confirm.ts';

interface Options {
  yes?: boolean;
  fileOnly?: boolean;
}

export const defineRemoveTenant: DefineCommand = (program, run) => {
  commandGroup(program, 'remove', 'remove a tenant or a PBX')
    .command('tenant <name>')
    .description("cut off a tenant's PBXs, delete its stack and secrets, remove it from fleet.yaml")
    .option('--file-only', 'change fleet.yaml alone: the tenant was never deployed')
    .option('-y, --yes', 'do not ask')
    .addHelpText(
      'after',
      `
Says what will happen before it asks. Inbox and DLQs stay, with what is in them: delete them in SQS when you are sure,
and before a tenant of the same name is deployed again.

Example:
  odoopbx remove tenant acme`,
    )
    .action((tenant: string, options: Options) => run((context) => remove(context, tenant, options)));
};

async function remove(context: Context, tenant: string, { yes, fileOnly }: Options): Promise<ExitCode> {
  const { output, fleetPath, fleetName, fleetFile, names } = context;
  const { fleet, text } = fleetFile();
  const { config } = findTenant(fleet, tenant);
  const edited = removeTenant(text, fleetName, tenant);
  const pbxs = Object.keys(config.pbxs).map((name) => `${tenant}_${name}`);
  const stack = names().tenantStack(tenant);
  if (!fileOnly) {
    output.note(
      [
        `This will, for tenant ${tenant}:`,
        `  - deactivate and detach the certificates of ${pbxs.length} PBX(s); their door keys stop working`,
        `  - delete the stack ${stack}: rule, function, things, job queues`,
        `  - delete the tenant's Odoo secrets`,
        `  - remove the tenant from ${fleetName}`,
        `Odoo's own records stay as they are.`,
      ].join('\n'),
    );
  }
  if (!(await confirmed(context, `Remove tenant ${tenant}?`, yes))) return exitCodes.failure;
  const deleted = fileOnly ? false : await removeFromCloud(context, tenant, pbxs);
  writeAtomically(fleetPath, edited);
  output.result(
    { tenant, pbxs, stack, stackDeleted: deleted, file: fleetPath },
    [
      `Tenant ${tenant} is out of ${fleetName}${deleted ? `; the stack ${stack} is deleted` : ''}.`,
      ...(deleted
        ? [
            `Kept with what is in them, delete them in SQS when you are sure: ${keptQueues(names(), tenant).join(', ')}`,
          ]
        : []),
    ].join('\n'),
  );
  return exitCodes.ok;
}

/** The stack leaves these behind: events may be in them that no Odoo has. */
function keptQueues(names: ResourceNames, tenant: string): string[] {
  return [names.inbox(tenant), names.parked(tenant), names.undelivered(tenant)];
}

async function removeFromCloud(context: Context, tenant: string, pbxs: readonly string[]): Promise<boolean> {
  const { output, names } = context;
  const cloud = await context.cloud();
  for (const pbx of pbxs) {
    output.progress(`cutting off ${pbx} …`);
    await forget(cloud, pbx);
  }
  const deleted = await deleteStack(context, cloud, names().tenantStack(tenant));
  // The trailing slash: acme must not take acme-2's.
  const path = names().odooSecret(tenant).replace(/odoo$/, '');
  await cloud.secrets.delete((await cloud.secrets.list(path)).map(({ name }) => name));
  return deleted;
}

async function deleteStack({ output, world }: Context, { stacks }: Cloud, name: string): Promise<boolean> {
  if (!(await stacks.find(name))) return false;
  await stacks.delete(name);
  for (;;) {
    const state = await stacks.find(name);
    if (!state || state.status === 'DELETE_COMPLETE') return true;
    if (state.status === 'DELETE_FAILED') {
      throw new OdoopbxError(
        'DEPLOY_FAILED',
        `${name} could not be deleted: ${state.reason ?? 'see CloudFormation'}`,
      );
    }
    output.progress(`${name}: ${state.status}`);
    await world.clock.sleep(5000);
  }
}
