import { mkdirSync } from 'node:fs';
import { startAsterisk } from './asterisk-service.ts';
import { buildAsteriskRoot } from './asterisk-root.ts';
import { installOnHost } from './debian-root.ts';
import { writeStatus } from './lab-status.ts';
import type { LabStatus } from './lab-status.ts';
import { withLabLock } from './lock.ts';
import { startMoto } from './moto-service.ts';
import { addonsAreCurrent, ensureDatabase, syncAddons } from './odoo-database.ts';
import { buildOdooRoot } from './odoo-root.ts';
import { odooService, startOdoo } from './odoo-service.ts';
import { startPostgresql } from './postgresql-service.ts';
import { timed } from './progress.ts';
import { requirePossible } from './possible.ts';
import { runsAs, stopService } from './service.ts';
import type { ServiceName } from './service.ts';
import { labSecrets } from './secrets.ts';
import { paths } from './settings.ts';

export interface OdooUpOptions {
  /** Make the database anew from the template. */
  readonly fresh?: boolean;
  /** Update the addons even where no file of theirs changed. */
  readonly updateAddons?: boolean;
}

/** Builds what is missing and starts what does not run. */
export async function labUp(options: OdooUpOptions = {}): Promise<LabStatus> {
  requirePossible();
  return withLabLock('up', async () => {
    mkdirSync(paths.log, { recursive: true });
    labSecrets();
    await timed('the lab', async () => {
      await installOnHost(['debootstrap']);
      await allOf([asteriskUp(), odooUp(options)]);
    });
    return writeStatus();
  });
}

/** Starts one service of a built lab. */
export async function startLabService(name: ServiceName): Promise<LabStatus> {
  requirePossible();
  return withLabLock(`start ${name}`, async () => {
    await starts[name]();
    return writeStatus();
  });
}

/** Stops one service, leaving the others. */
export async function stopLabService(name: ServiceName): Promise<LabStatus> {
  requirePossible();
  return withLabLock(`stop ${name}`, async () => {
    await stopService(name);
    return writeStatus();
  });
}

/** Makes Odoo's database anew, or updates the addons in it, and starts Odoo again. */
export async function renewOdoo(what: string, options: OdooUpOptions): Promise<LabStatus> {
  requirePossible();
  return withLabLock(what, async () => {
    await startPostgresql();
    await odooStart(options);
    return writeStatus();
  });
}

const starts: Readonly<Record<ServiceName, () => Promise<void>>> = {
  postgresql: startPostgresql,
  odoo: () => odooStart({}),
  asterisk: startAsterisk,
  moto: startMoto,
};

async function asteriskUp(): Promise<void> {
  await buildAsteriskRoot();
  await allOf([startAsterisk(), startMoto()]);
}

async function odooUp(options: OdooUpOptions): Promise<void> {
  await buildOdooRoot();
  await startPostgresql();
  await odooStart(options);
}

async function odooStart(options: OdooUpOptions): Promise<void> {
  const { fresh = false, updateAddons = false } = options;
  if (!fresh && !updateAddons && runsAs(odooService()) && (await addonsAreCurrent())) return;
  await stopService('odoo');
  await ensureDatabase(fresh);
  try {
    await syncAddons(updateAddons);
  } finally {
    // With addons that do not install, Odoo still is of use to everybody else.
    await startOdoo();
  }
}

/** Waits for all, also when one fails, and then throws what failed first. */
async function allOf(deeds: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(deeds);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
