import type { Bench } from '../global-setup.ts';
import type { Connector } from './connector.ts';
import { type OdooSession, odooSession } from './odoo-admin.ts';
import { giveTelephone, makePerson, retire, takeTelephones } from './odoo-people.ts';

/** A user of Odoo with a telephone of the lab. */
export interface Telephone {
  readonly userId: number;
  /** The user's own view of Odoo. */
  readonly session: OdooSession;
  /** Takes the telephone away; the user stays, archived, since calls name it. */
  giveBack(): Promise<void>;
}

/** Gives the lab's endpoint to a user; whoever had one before (a test that was cut off) has it no more. */
export async function lendTelephone(
  bench: Bench,
  { admin, serverId }: Connector,
  { endpoint, exten }: { endpoint: 'phone1' | 'phone2'; exten: string },
): Promise<Telephone> {
  const person = await makePerson(admin, {
    name: `Test of ${endpoint}`,
    groups: ['asterisk_plus.group_pbx_user'],
  });
  const autoAnswer = 'Alert-Info: Auto Answer';
  await giveTelephone(admin, serverId, person, { exten, endpoint, autoAnswer });
  return {
    userId: person.uid,
    session: odooSession({ ...bench.lab.odoo, uid: person.uid, password: person.password }),
    async giveBack() {
      await takeTelephones(admin, serverId);
      await retire(admin, [person]);
    },
  };
}
