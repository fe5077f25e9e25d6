import type { Bench } from '../global-setup.ts';
import { type OdooSession, odooSession } from './odoo-admin.ts';
import { waitFor } from './wait-for.ts';

/** A tenant's `odoo` section for the lab's Odoo. */
export function labOdoo({ lab, agentUser }: Bench) {
  return {
    url: lab.odoo.url,
    db: lab.odoo.db,
    login: agentUser.login,
    allowHttp: true,
    allowPrivateAddress: true,
  };
}

export function labAdmin({ lab }: Bench): OdooSession {
  return odooSession({ ...lab.odoo, uid: lab.odoo.admin.uid, password: lab.odoo.admin.password });
}

export interface CallRecord {
  src: string;
  dst: string;
  uniqueid: string;
  server_id: [number, string] | false;
}

/** The call records of the callers whose number begins so. */
export function callsFrom(admin: OdooSession, number: string): Promise<CallRecord[]> {
  const fields = ['src', 'dst', 'uniqueid', 'server_id'];
  return admin.read<CallRecord>('asterisk_calls.call', [['src', '=like', `${number}%`]], fields);
}

/** Waits for that many records and returns all there are. */
export async function waitForCalls(admin: OdooSession, number: string, count: number): Promise<CallRecord[]> {
  await waitFor(
    `${count} records of ${number}`,
    async () => (await callsFrom(admin, number)).length >= count,
    60_000,
  );
  return callsFrom(admin, number);
}

/** A number that no other call of today's has. */
export function freshNumber(prefix: string): string {
  return `${prefix}${Date.now().toString().slice(-6)}`;
}

/** Takes a PBX out of Odoo again: rules that other tests change would be sent to its door, which is gone. */
export async function removeServer(admin: OdooSession, serverId: number): Promise<void> {
  if (serverId !== 0) await admin.call('asterisk_plus.server', 'unlink', [[serverId]]);
}
