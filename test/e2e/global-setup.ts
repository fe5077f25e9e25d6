import { randomBytes } from 'node:crypto';
import { runOdooShell } from '#scripts/lab/odoo-program.ts';
import { type LabStatus, writtenStatus } from '#scripts/lab/lab-status.ts';
import type { TestProject } from 'vitest/node';

/** What the tests know: the lab, and the Odoo user by which the PBX's agent signs in. */
export interface Bench {
  lab: LabStatus;
  agentUser: { login: string; password: string; apiKey: string; uid: number };
}

declare module 'vitest' {
  export interface ProvidedContext {
    bench: Bench | null;
  }
}

/** Odoo's side as its administrator would set it up: one user of the group "PBX server" with an API key. */
const setUp = (password: string) => `
import json
group = env.ref('asterisk_plus.group_pbx_server')
user = env['res.users'].with_context(active_test=False).search([('login', '=', 'pbx_agent')])
values = {'name': 'PBX agent', 'login': 'pbx_agent', 'password': ${JSON.stringify(password)},
          'notification_type': 'email'}
groups = 'group_ids' if 'group_ids' in user._fields else 'groups_id'
values[groups] = [(6, 0, [env.ref('base.group_user').id, group.id])]
if user:
    user.write(values)
else:
    user = user.create(values)
import datetime
expiry = datetime.datetime.now() + datetime.timedelta(days=1)
key = env['res.users.apikeys'].with_user(user)._generate('rpc', 'e2e', expiry)
admin = env.ref('base.user_admin')
admin.write({groups: [(4, env.ref('asterisk_plus.group_pbx_admin').id)]})
modules = env['ir.module.module'].search([('name', 'in', ('asterisk_plus', 'asterisk_plus_crm', 'asterisk_calls', 'asterisk_e2e'))])
missing = modules.filtered(lambda m: m.state != 'installed').mapped('name')
env.cr.commit()
print('SETUP ' + json.dumps({'uid': user.id, 'apiKey': key, 'missing': missing}))
`;

export async function setup(project: TestProject): Promise<void> {
  const lab = writtenStatus();
  if (lab?.state !== 'running') {
    if (process.env['CI'] === 'true') throw new Error('the lab does not run: npm run lab -- up');
    console.warn('LEFT OUT the end-to-end tests: the lab does not run (npm run lab -- up)');
    project.provide('bench', null);
    return;
  }
  const password = randomBytes(12).toString('hex');
  const printed = await runOdooShell(lab.odoo.db, setUp(password));
  const line = /SETUP (\{.*\})/.exec(printed)?.[1];
  if (line === undefined) throw new Error(`Odoo was not set up:\n${printed}`);
  const { uid, apiKey, missing } = JSON.parse(line) as { uid: number; apiKey: string; missing: string[] };
  if (missing.length > 0) throw new Error(`not installed in the lab's Odoo: ${missing.join(', ')}`);
  project.provide('bench', { lab, agentUser: { login: 'pbx_agent', password, apiKey, uid } });
}
