import { setTimeout as sleep } from 'node:timers/promises';
import { runInRoot } from '#scripts/lab/chroot.ts';
import { dropDatabase } from '#scripts/lab/odoo-database.ts';
import { filestore, odooCommand, odooUse } from '#scripts/lab/odoo-program.ts';
import { sql } from '#scripts/lab/postgresql-service.ts';
import { answersHttp } from '#scripts/lab/reachable.ts';
import { databaseName, paths, ports } from '#scripts/lab/settings.ts';
import { freePort } from '#standalone/free-port.ts';

/** Another customer's Odoo: a process of its own with a database of its own, a copy of the lab's. */
export interface SecondOdoo {
  readonly url: string;
  readonly db: string;
  /** Ends the process, as an outage would; `start` has it answer again. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Stops it and drops its database. */
  remove(): Promise<void>;
}

/** `args` are added to its command line. */
export async function startSecondOdoo(db = 'odoo_second', args: readonly string[] = []): Promise<SecondOdoo> {
  await copyDatabase(db);
  const port = await freePort(28_640);
  const url = `http://127.0.0.1:${port}`;
  let end = new AbortController();
  let ended: Promise<unknown> = Promise.resolve();

  async function start(): Promise<void> {
    end = new AbortController();
    const { signal } = end;
    let failure: unknown;
    const command = odooCommand('-d', db, '--http-port', String(port), '--log-level=warn', ...args);
    ended = runInRoot(odooUse(), command, { signal, title: 'the second Odoo' }).catch((error: unknown) => {
      failure = error;
    });
    const deadline = Date.now() + 180_000;
    while (!(await answersHttp(`${url}/web/login`, 60_000))) {
      if (failure !== undefined) throw new Error('the second Odoo ended while starting', { cause: failure });
      if (Date.now() > deadline) throw new Error('the second Odoo was not ready after 180 s');
      await sleep(100);
    }
  }
  async function stop(): Promise<void> {
    end.abort();
    await ended;
    while (await answersHttp(`${url}/web/login`, 1000)) await sleep(50);
  }

  await start();
  return {
    url,
    db,
    start,
    stop,
    async remove() {
      await stop();
      await dropDatabase(db);
    },
  };
}

/** By a dump: a copy by PostgreSQL's template would need everybody out of the lab's database. */
async function copyDatabase(db: string): Promise<void> {
  await dropDatabase(db);
  await sql('postgres', `CREATE DATABASE "${db}" OWNER odoo TEMPLATE template0`);
  const where = `-h /var/run/postgresql -p ${ports.postgresql}`;
  const copy = `pg_dump ${where} -Fc -Z0 ${databaseName} | pg_restore ${where} -d ${db}`;
  await runInRoot({ root: paths.odooRoot, user: 'postgres' }, ['sh', '-c', copy]);
  const link = ['cp', '-rlT', filestore(databaseName), filestore(db)];
  await runInRoot({ root: paths.odooRoot, user: 'odoo' }, link);
  await sql(db, "UPDATE ir_config_parameter SET value = gen_random_uuid() WHERE key = 'database.uuid'");
}
