import { join } from 'node:path';
import type { BuildStep } from './build-steps.ts';
import { runInRoot } from './chroot.ts';
import { addonsVersion, ownAddons } from './odoo-addons.ts';
import { filestore, runOdoo, runOdooShell } from './odoo-program.ts';
import { databaseExists, sql, startPostgresql } from './postgresql-service.ts';
import { note, timed } from './progress.ts';
import { keepApiKey, labSecrets } from './secrets.ts';
import { databaseName, paths, templateDatabase } from './settings.ts';

const modules = 'base,mail,crm';
const logFile = join(paths.log, 'odoo-database.log');

const giveAccess = `
admin = env.ref('base.user_admin')
admin.write({'login': 'admin', 'password': PASSWORD, 'tz': 'UTC'})
key = env['res.users.apikeys'].with_user(admin)._generate('rpc', 'lab', None)
env.cr.commit()
print('API_KEY', key)
`;

/** A database with Odoo's own modules, to be copied; making it is what takes long. */
export function templateStep(): BuildStep {
  return {
    name: `Odoo database template: ${modules}`,
    recipe: modules + giveAccess + labSecrets().odooAdmin,
    build: async () => {
      await startPostgresql();
      await dropDatabase(databaseName);
      await dropDatabase(templateDatabase);
      await runOdoo(['-d', templateDatabase, '-i', modules, '--stop-after-init', '--no-http'], { logFile });
      const script = giveAccess.replace('PASSWORD', `'${labSecrets().odooAdmin}'`);
      const printed = await runOdooShell(templateDatabase, script);
      const key = /^API_KEY (\S+)$/m.exec(printed)?.[1];
      if (key === undefined) throw new Error(`Odoo made no API key:\n${printed}`);
      keepApiKey(key);
    },
  };
}

export async function copyTemplate(database: string): Promise<void> {
  // Files in a filestore are named by their content and never change: links do.
  const use = { root: paths.odooRoot, user: 'odoo' };
  await runInRoot(use, ['mkdir', '-p', filestore(templateDatabase)]);
  await runInRoot(use, ['cp', '-rlT', filestore(templateDatabase), filestore(database)]);
  await sql('postgres', `CREATE DATABASE "${database}" OWNER odoo TEMPLATE "${templateDatabase}"`);
}

export async function dropDatabase(database: string): Promise<void> {
  await sql('postgres', `DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`);
  await runInRoot({ root: paths.odooRoot, user: 'odoo' }, ['rm', '-rf', filestore(database)]);
}

/** The lab's database, made from the template where it is missing. Odoo must not be running. */
export async function ensureDatabase(fresh: boolean): Promise<void> {
  if (!fresh && (await databaseExists(databaseName)) && !(await lostAddons())) return;
  await timed(`database ${databaseName} from the template`, async () => {
    await dropDatabase(databaseName);
    await copyTemplate(databaseName);
  });
}

/** Whether the lab's database holds the checkout's addons as they are now. */
export async function addonsAreCurrent(): Promise<boolean> {
  if (!(await databaseExists(databaseName)) || (await lostAddons())) return false;
  return (await installedVersion()) === addonsVersion();
}

/** Installs the checkout's addons, or updates those already installed. Odoo must not be running. */
export async function syncAddons(force: boolean): Promise<void> {
  if (!force && (await addonsAreCurrent())) return;
  const addons = ownAddons();
  const version = addonsVersion();
  if (addons.length === 0) note('no addons in odoo-addons/ yet');
  else await timed(`addons ${addons.join(', ')}`, () => installAddons(databaseName, addons));
  const names = addons.join(',');
  await sql(
    databaseName,
    `DELETE FROM ir_config_parameter WHERE key IN ('lab.addons', 'lab.addons_version');
     INSERT INTO ir_config_parameter (key, value)
       VALUES ('lab.addons', '${names}'), ('lab.addons_version', '${version}')`,
  );
}

async function installAddons(database: string, addons: readonly string[]): Promise<void> {
  const installed = await installedModules(database);
  const fresh = addons.filter((name) => !installed.has(name));
  const known = addons.filter((name) => installed.has(name));
  const wanted = [
    ...(fresh.length > 0 ? ['-i', fresh.join(',')] : []),
    ...(known.length > 0 ? ['-u', known.join(',')] : []),
  ];
  await runOdoo(['-d', database, ...wanted, '--stop-after-init', '--no-http'], { logFile });
  const after = await installedModules(database);
  const missing = addons.filter((name) => !after.has(name));
  if (missing.length > 0) throw new Error(`Odoo did not install ${missing.join(', ')}: see ${logFile}`);
}

async function installedModules(database: string): Promise<Set<string>> {
  return new Set(await sql(database, "SELECT name FROM ir_module_module WHERE state = 'installed'"));
}

async function installedVersion(): Promise<string | undefined> {
  const query = "SELECT value FROM ir_config_parameter WHERE key = 'lab.addons_version'";
  return (await sql(databaseName, query))[0];
}

/** An addon that is installed but gone from this checkout: such a database is not worth keeping. */
async function lostAddons(): Promise<boolean> {
  const query = "SELECT value FROM ir_config_parameter WHERE key = 'lab.addons'";
  const [names = ''] = await sql(databaseName, query);
  const present = new Set(ownAddons());
  return names.split(',').some((name) => name !== '' && !present.has(name));
}
