import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInRoot } from './chroot.ts';
import type { RootUse } from './chroot.ts';
import { addonsPathInRoot, ownAddons } from './odoo-addons.ts';
import type { RunOptions, RunResult } from './run.ts';
import { labSecrets } from './secrets.ts';
import { checkout, host, paths, ports } from './settings.ts';

const root = paths.odooRoot;
const config = '/etc/odoo/lab.conf';
const dataDir = '/var/lib/odoo/lab';

export const odooUrl = `http://${host}:${ports.odoo}`;

export function odooUse(): RootUse {
  return {
    root,
    user: 'odoo',
    checkout,
    env: { TZ: 'UTC', HOME: '/var/lib/odoo', PYTHONDONTWRITEBYTECODE: '1' },
  };
}

/** The command line of Odoo with the lab's settings. */
export function odooCommand(...args: readonly string[]): string[] {
  const [subcommand, rest] = args[0] === 'shell' ? [['shell'], args.slice(1)] : [[], args];
  return ['/usr/bin/odoo', ...subcommand, '--config', config, ...rest];
}

export function runOdoo(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  writeOdooConfig();
  return runInRoot(odooUse(), odooCommand(...args), options);
}

/** Runs a Python script with `env` of the given database, as `odoo shell` does. */
export async function runOdooShell(database: string, script: string): Promise<string> {
  const args = ['shell', '-d', database, '--no-http', '--log-level=warn'];
  const { stdout, stderr } = await runOdoo(args, { input: script });
  if (stderr.includes('Traceback (most recent call last)')) throw new Error(stderr);
  return stdout;
}

export function filestore(database: string): string {
  return `${dataDir}/filestore/${database}`;
}

export function odooConfig(): string {
  const core = '/usr/lib/python3/dist-packages/odoo/addons';
  const addonsPath = ownAddons().length > 0 ? `${core},${addonsPathInRoot}` : core;
  const settings: Readonly<Record<string, string | number>> = {
    addons_path: addonsPath,
    data_dir: dataDir,
    db_port: ports.postgresql,
    db_user: 'odoo',
    admin_passwd: labSecrets().odooMaster,
    list_db: 'True',
    http_interface: host,
    http_port: ports.odoo,
    // Threads instead of workers: the websocket then is on the HTTP port too.
    workers: 0,
    max_cron_threads: 1,
    limit_time_real: 3600,
    limit_time_real_cron: 3600,
    limit_time_cpu: 3600,
    limit_memory_soft: 4 * 1024 ** 3,
    limit_memory_hard: 8 * 1024 ** 3,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  return `[options]\n${lines.join('\n')}\n`;
}

export function writeOdooConfig(): void {
  const file = join(root, config);
  const text = odooConfig();
  if (textOf(file) === text) return;
  writeFileSync(file, text);
  chmodSync(file, 0o644);
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
