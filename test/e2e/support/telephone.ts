import { randomBytes } from 'node:crypto';
import type { Bench } from '../global-setup.ts';
import type { Connector } from './connector.ts';
import { type OdooSession, odooSession } from './odoo-admin.ts';

/** A user of Odoo with a telephone of the lab. */
export interface Telephone {
  readonly userId: number;
  /** The user's own view of Odoo. */
  readonly session: OdooSession;
  /** Takes the telephone away; the user stays, archived, since calls name it. */
  giveBack(): Promise<void>;
}

/** Gives the lab's endpoint to a new user; whoever had it before (a test that was cut off) has it no more. */
export async function lendTelephone(
  bench: Bench,
  connector: Connector,
  { endpoint, exten }: { endpoint: 'phone1' | 'phone2'; exten: string },
): Promise<Telephone> {
  const { admin, serverId } = connector;
  const before = await admin.call<number[]>('asterisk_plus.user', 'search', [
    [
      ['server_id', '=', serverId],
      ['active', 'in', [true, false]],
      '|',
      ['exten', '=', exten],
      ['channel_ids.name', '=', `PJSIP/${endpoint}`],
    ],
  ]);
  await admin.call('asterisk_plus.user', 'unlink', [before]);
  await admin.call('asterisk_plus.server', 'write', [[serverId], { originate_context: 'internal' }]);
  const login = `${endpoint}-${randomBytes(6).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  const [group] = await admin.read<{ res_id: number }>(
    'ir.model.data',
    [
      ['module', '=', 'asterisk_plus'],
      ['name', '=', 'group_pbx_user'],
    ],
    ['res_id'],
  );
  const values = { name: `Test of ${endpoint}`, login, password, notification_type: 'email' };
  const userId = await admin.call<number>('res.users', 'create', [
    { ...values, group_ids: [[4, group?.res_id]] },
  ]);
  const channel = { name: `PJSIP/${endpoint}`, auto_answer_header: 'Alert-Info: Auto Answer' };
  const telephone = await admin.call<number>('asterisk_plus.user', 'create', [
    { server_id: serverId, user_id: userId, exten, channel_ids: [[0, 0, channel]] },
  ]);
  return {
    userId,
    session: odooSession({ ...bench.lab.odoo, uid: userId, password }),
    async giveBack() {
      await admin.call('asterisk_plus.user', 'unlink', [[telephone]]);
      await admin.call('res.users', 'write', [[userId], { active: false }]);
    },
  };
}
