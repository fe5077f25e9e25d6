import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { LabStatus } from '../../scripts/lab/lab-status.ts';
import { runOdooShell } from '../../scripts/lab/odoo-program.ts';

/** The lab's Odoo with a PBX and an agent's user of the benchmark's own. */
export interface BenchOdoo {
  readonly pbx: string;
  readonly login: string;
  readonly password: string;
  readonly apiKey: string;
  /** The rule of `asterisk_calls`: Cdr to `asterisk_calls.call.create_cdr`. */
  readonly rule: string;
  /** Records whose Uniqueid begins so. */
  count(prefix: string): Promise<number>;
  remove(): Promise<void>;
}

const pbx = 'bench_hq';
const login = 'pbx_bench';

const preparedSchema = z.object({ rule: z.number().int(), apiKey: z.string() });

export async function prepareOdoo(lab: LabStatus): Promise<BenchOdoo> {
  const password = randomBytes(16).toString('hex');
  const { rule, apiKey } = preparedSchema.parse(await shell(lab, prepare(password)));
  return {
    pbx,
    login,
    password,
    apiKey,
    rule: String(rule),
    async count(prefix) {
      const python = `answer = env['asterisk_calls.call'].search_count([('uniqueid', '=like', ${quoted(`${prefix}.%`)})])`;
      return z.number().parse(await shell(lab, python));
    },
    async remove() {
      await shell(lab, cleanUp);
    },
  };
}

/** Runs Python that sets `answer`, and commits. */
async function shell(lab: LabStatus, python: string): Promise<unknown> {
  const script = `import json\n${python}\nenv.cr.commit()\nprint('ANSWER ' + json.dumps(answer))\n`;
  const printed = await runOdooShell(lab.odoo.db, script);
  const line = /ANSWER (.*)$/m.exec(printed)?.[1];
  if (line === undefined) throw new Error(`no answer from Odoo's shell:\n${printed}`);
  return JSON.parse(line) as unknown;
}

// The shell reads its input as a session: no indented blocks.
const prepare = (password: string): string => `
import datetime
users = env['res.users'].with_context(active_test=False, no_reset_password=True)
groups = 'group_ids' if 'group_ids' in users._fields else 'groups_id'
values = {'name': 'PBX bench', 'login': '${login}', 'password': ${quoted(password)}, 'active': True}
values[groups] = [(6, 0, [env.ref('base.group_user').id, env.ref('asterisk_plus.group_pbx_server').id])]
user = users.search([('login', '=', '${login}')]) or users.create(dict(values))
user.write(values)
expiry = datetime.datetime.now() + datetime.timedelta(days=1)
key = env['res.users.apikeys'].with_user(user)._generate('rpc', 'bench', expiry)
servers = env['asterisk_plus.server'].with_context(active_test=False)
server = servers.search([('pbx', '=', '${pbx}')]) or servers.create({'name': 'bench', 'pbx': '${pbx}'})
server.write({'user_id': user.id, 'active': True})
handler = [('model', '=', 'asterisk_calls.call'), ('method', '=', 'create_cdr'), ('is_enabled', '=', True)]
rule = env['asterisk_plus.event'].search(handler, limit=1)
answer = {'rule': rule.id, 'apiKey': key}
`;

const cleanUp = `
user = env['res.users'].with_context(active_test=False).search([('login', '=', '${login}')])
env['asterisk_calls.call'].search([('create_uid', '=', user.id)]).unlink()
env.cr.execute("DELETE FROM asterisk_plus_processed_item WHERE pbx = '${pbx}'")
env['asterisk_plus.server'].with_context(active_test=False).search([('pbx', '=', '${pbx}')]).unlink()
env['res.users.apikeys'].search([('user_id', '=', user.id)])._remove()
user.write({'active': False})
answer = True
`;

/** As a Python literal. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
