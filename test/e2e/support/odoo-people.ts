import { randomBytes } from 'node:crypto';
import type { OdooSession } from './odoo-admin.ts';

/** A user of the lab's Odoo, made for a test. */
export interface Person {
  uid: number;
  partnerId: number;
  login: string;
  password: string;
}

interface PersonOptions {
  name: string;
  /** XML ids; one of them says whether the user is internal, portal or public. */
  groups: readonly string[];
  companyId?: number;
}

/** Makes the user, or revives the one of an earlier run with a new password. */
export async function makePerson(admin: OdooSession, options: PersonOptions): Promise<Person> {
  const login = options.name.toLowerCase().replaceAll(' ', '.');
  const password = randomBytes(12).toString('hex');
  const groups: number[] = [];
  for (const group of options.groups) groups.push(await recordId(admin, group));
  const values = {
    name: options.name,
    login,
    password,
    active: true,
    tz: 'UTC',
    group_ids: [[6, 0, groups]],
    ...(options.companyId === undefined
      ? {}
      : { company_id: options.companyId, company_ids: [[6, 0, [options.companyId]]] }),
  };
  const context = { context: { active_test: false, no_reset_password: true } };
  const [known] = await admin.call<number[]>('res.users', 'search', [[['login', '=', login]]], context);
  if (known !== undefined) await admin.call('res.users', 'write', [[known], values]);
  const uid = known ?? (await admin.call<number>('res.users', 'create', [values], context));
  const rows = await admin.read<{ partner_id: [number, string] }>(
    'res.users',
    [['id', '=', uid]],
    ['partner_id'],
  );
  return { uid, partnerId: rows[0]?.partner_id[0] ?? 0, login, password };
}

/** Gives the user a telephone; numbers are dialled in the context of the lab's dialplan. */
export async function giveTelephone(
  admin: OdooSession,
  serverId: number,
  person: Person,
  { exten, endpoint, autoAnswer }: { exten: string; endpoint: string; autoAnswer?: string },
): Promise<void> {
  await takeTelephones(admin, serverId);
  const channel = {
    name: `PJSIP/${endpoint}`,
    originate_context: 'internal',
    auto_answer_header: autoAnswer ?? false,
  };
  await admin.call('asterisk_plus.user', 'create', [
    {
      server_id: serverId,
      user_id: person.uid,
      exten,
      channel_ids: [[0, 0, channel]],
    },
  ]);
}

/** Nobody has a telephone at this PBX any more. */
export async function takeTelephones(admin: OdooSession, serverId: number): Promise<void> {
  const all = [[['server_id', '=', serverId]]];
  const ids = await admin.call<number[]>('asterisk_plus.user', 'search', all, {
    context: { active_test: false },
  });
  await admin.call('asterisk_plus.user', 'unlink', [ids]);
}

export async function retire(admin: OdooSession, people: readonly Person[]): Promise<void> {
  await admin.call('res.users', 'write', [people.map(({ uid }) => uid), { active: false }]);
}

async function recordId(admin: OdooSession, xmlId: string): Promise<number> {
  const [module, name] = xmlId.split('.');
  const [, id] = await admin.call<[string, number]>('ir.model.data', 'check_object_reference', [
    module,
    name,
  ]);
  return id;
}
