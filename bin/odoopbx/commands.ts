import type { DefineCommand } from './command.ts';
import { defineAddPbx } from './commands/add-pbx.ts';
import { defineAddTenant } from './commands/add-tenant.ts';
import { defineCost } from './commands/cost.ts';
import { defineDeploy } from './commands/deploy.ts';
import { defineDoctor } from './commands/doctor.ts';
import { defineInit } from './commands/init.ts';
import { defineInvite } from './commands/invite.ts';
import { defineKeyAdd } from './commands/key-add.ts';
import { defineKeyList } from './commands/key-list.ts';
import { defineKeyRemove } from './commands/key-remove.ts';
import { defineKeyRotate } from './commands/key-rotate.ts';
import { defineRedrive } from './commands/redrive.ts';
import { defineRemovePbx } from './commands/remove-pbx.ts';
import { defineRemoveTenant } from './commands/remove-tenant.ts';
import { defineReplay } from './commands/replay.ts';
import { defineRevoke } from './commands/revoke.ts';
import { defineSecretList } from './commands/secret-list.ts';
import { defineSecretSet } from './commands/secret-set.ts';
import { defineStatus } from './commands/status.ts';
import { defineUnpin } from './commands/unpin.ts';

export interface CommandSection {
  readonly heading: string;
  readonly commands: readonly DefineCommand[];
}

/** Every command, in the order of the help: a new one is a file and a line here. */
export const commandSections: readonly CommandSection[] = [
  {
    heading: 'Plan the fleet (fleet.yaml):',
    commands: [defineInit, defineAddTenant, defineAddPbx, defineRemoveTenant, defineRemovePbx, defineCost],
  },
  { heading: 'Bring it to AWS:', commands: [defineDeploy, defineSecretSet, defineSecretList] },
  {
    heading: 'Connect PBXs:',
    commands: [
      defineInvite,
      defineKeyRotate,
      defineKeyAdd,
      defineKeyList,
      defineKeyRemove,
      defineUnpin,
      defineRevoke,
    ],
  },
  { heading: 'Run it:', commands: [defineStatus, defineDoctor, defineRedrive, defineReplay] },
];
