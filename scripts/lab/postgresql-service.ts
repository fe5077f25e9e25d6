import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runInRoot } from './chroot.ts';
import { timed } from './progress.ts';
import { labSecrets } from './secrets.ts';
import { isRunning, startService } from './service.ts';
import { host, paths, ports } from './settings.ts';

const root = paths.odooRoot;
const use = { root, user: 'postgres' };
const bin = '/usr/lib/postgresql/17/bin';
const data = '/var/lib/postgresql/lab';
const sockets = '/var/run/postgresql';

/** Enough safety for a crash (fsync stays on), no waiting for the disk at every commit. */
const settings: Readonly<Record<string, string | number>> = {
  listen_addresses: host,
  port: ports.postgresql,
  unix_socket_directories: sockets,
  timezone: 'UTC',
  synchronous_commit: 'off',
  shared_buffers: '256MB',
  jit: 'off',
};

export async function startPostgresql(): Promise<void> {
  if (!isRunning('postgresql')) await prepareData();
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  await startService({
    name: 'postgresql',
    port: ports.postgresql,
    use,
    command: [`${bin}/postgres`, '-D', data, ...options],
    inputs: '',
    isReady: async () => {
      const ask = [`${bin}/pg_isready`, '-q', '-h', host, '-p', String(ports.postgresql)];
      return (await runInRoot(use, ask, { allowFailure: true })).code === 0;
    },
  });
  await ensureRole();
}

/** Runs one SQL command as the superuser; answers its rows, one line each. */
export async function sql(database: string, command: string): Promise<string[]> {
  const where = ['-h', sockets, '-p', String(ports.postgresql), '-d', database];
  const psql = ['psql', '-X', '-q', '-t', '-A', '-v', 'ON_ERROR_STOP=1', ...where];
  const { stdout } = await runInRoot(use, psql, { input: command });
  return stdout.split('\n').filter((line) => line !== '');
}

export async function databaseExists(name: string): Promise<boolean> {
  const rows = await sql('postgres', `SELECT 1 FROM pg_database WHERE datname = '${name}'`);
  return rows.length === 1;
}

async function prepareData(): Promise<void> {
  const inRootPath = (path: string): string => join(root, path);
  await runInRoot({ root }, ['install', '-d', '-o', 'postgres', '-m', '2775', sockets]);
  // The lock file of a server that was killed may name a process id that is another's by now.
  rmSync(inRootPath(`${data}/postmaster.pid`), { force: true });
  if (existsSync(inRootPath(`${data}/PG_VERSION`))) return;
  await timed('postgresql: initdb', async () => {
    const unfinished = `${data}.new`;
    rmSync(inRootPath(unfinished), { recursive: true, force: true });
    const auth = ['--auth-local=peer', '--auth-host=scram-sha-256'];
    const initdb = [`${bin}/initdb`, '-D', unfinished, '--no-sync', '--locale=C.UTF-8', ...auth];
    await runInRoot(use, initdb);
    await runInRoot(use, ['mv', unfinished, data]);
  });
}

async function ensureRole(): Promise<void> {
  const exists = await sql('postgres', "SELECT 1 FROM pg_roles WHERE rolname = 'odoo'");
  if (exists.length > 0) return;
  await sql('postgres', `CREATE ROLE odoo LOGIN CREATEDB PASSWORD '${labSecrets().postgresql}'`);
}
