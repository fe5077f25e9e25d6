import { expectedSecrets } from '../expected-secrets.ts';
import { inParallel } from '../in-parallel.ts';
import { type Check, type Examine, summed } from './check.ts';

export const examineTables: Examine = async ({ names, cloud }) =>
  Promise.all(
    [names.pbxTable, names.jobsTable, names.sessionsTable].map(async (table): Promise<Check> => {
      const status = await cloud.tables.status(table);
      const name = `table ${table}`;
      if (status === undefined) return { name, state: 'fail', message: 'not there', next: 'odoopbx deploy' };
      return { name, state: status === 'ACTIVE' ? 'ok' : 'warn', message: status };
    }),
  );

export const examineQueues: Examine = async ({ tenants, names, cloud }) => {
  const wanted = Object.entries(tenants).flatMap(([tenant, { pbxs }]) =>
    [
      names.inbox(tenant),
      names.parked(tenant),
      names.undelivered(tenant),
      ...Object.keys(pbxs).map((pbx) => names.jobQueue(`${tenant}_${pbx}`)),
    ].map((queue) => ({ tenant, queue })),
  );
  const depths = await inParallel(wanted, ({ queue }) => cloud.queues.depth(queue));
  const missing = wanted
    .filter((_, place) => !depths[place])
    .map(({ tenant, queue }): Check => ({
      name: `queue ${queue}`,
      state: 'fail',
      message: 'not there',
      next: `odoopbx deploy ${tenant}`,
    }));
  return summed('queues', `all ${wanted.length} are there`, missing);
};

export const examineSecrets: Examine = async ({ tenants, fleet, names, cloud }) => {
  const wanted = expectedSecrets({ tenants }, names);
  const found = new Map(
    (await cloud.secrets.list(`/${fleet.platform.name}/`)).map((entry) => [entry.name, entry]),
  );
  const bad = wanted.flatMap(({ target, parameter }): Check[] => {
    const name = `secret ${parameter}`;
    const next = `odoopbx secret set ${target}`;
    const entry = found.get(parameter);
    if (!entry) return [{ name, state: 'fail', message: 'not set: events wait in the inbox', next }];
    return entry.encrypted ? [] : [{ name, state: 'fail', message: 'stored in the clear', next }];
  });
  return summed('secrets', `all ${wanted.length} are set`, bad);
};

export const examineAlarms: Examine = async ({ names, cloud }) => {
  const ringing = await cloud.alarms.ringing(`${names.alarmPrefix}-`);
  const checks = ringing.map(({ name, reason }): Check => ({
    name: `alarm ${name}`,
    state: 'fail',
    message: reason,
    next: 'odoopbx status',
  }));
  return summed('alarms', 'none rings', checks);
};
