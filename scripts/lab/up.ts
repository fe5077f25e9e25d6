import { join } from 'node:path';
import { bundleConsole, consoleAssets } from '#lib/bundle/bundle-console.ts';
import { startAsterisk } from './asterisk-service.ts';
import { buildAsteriskRoot } from './asterisk-root.ts';
import { isBuilt } from './build-steps.ts';
import { changeLab } from './change-lab.ts';
import { installOnHost } from './debian-root.ts';
import { buildLambdaRic } from './lambda-ric.ts';
import type { LabStatus } from './lab-status.ts';
import { startMoto } from './moto-service.ts';
import { addonsAreCurrent, ensureDatabase, syncAddons } from './odoo-database.ts';
import { buildOdooRoot } from './odoo-root.ts';
import { odooService, startOdoo } from './odoo-service.ts';
import { startPostgresql } from './postgresql-service.ts';
import { timed } from './progress.ts';
import { runsAs, stopService } from './service.ts';
import type { ServiceName } from './service.ts';
import { checkout, paths } from './settings.ts';

export interface OdooUpOptions {
  /** Make the database anew from the template. */
  readonly fresh?: boolean;
  /** Update the addons even where no file of theirs changed. */
  readonly updateAddons?: boolean;
}

/** Builds what is missing and starts what does not run. */
export function labUp(options: OdooUpOptions = {}): Promise<LabStatus> {
  return changeLab('up', () =>
    timed('the lab', async () => {
      await installOnHost(['debootstrap', 'chromium']);
      await allOf([asteriskUp(), odooUp(options), buildLambdaRic()]);
    }),
  );
}

/** Starts one service of a built lab, and what it needs. */
export function startLabService(name: ServiceName): Promise<LabStatus> {
  return changeLab(`start ${name}`, async () => {
    await requireBuilt();
    await starts[name]();
  });
}

/** Stops one service, leaving the others. */
export function stopLabService(name: ServiceName): Promise<LabStatus> {
  return changeLab(`stop ${name}`, () => stopService(name));
}

/** Makes Odoo's database anew, or updates the addons in it, and starts Odoo again. */
export function renewOdoo(what: string, options: OdooUpOptions): Promise<LabStatus> {
  return changeLab(what, async () => {
    await requireBuilt();
    await startPostgresql();
    await odooStart(options);
  });
}

const starts: Readonly<Record<ServiceName, () => Promise<void>>> = {
  postgresql: startPostgresql,
  odoo: async () => {
    await startPostgresql();
    await odooStart({});
  },
  asterisk: startAsterisk,
  moto: startMoto,
};

async function requireBuilt(): Promise<void> {
  const built = [await isBuilt(paths.asteriskRoot), await isBuilt(paths.odooRoot)];
  if (built.includes(false)) throw new Error('The lab is not built yet: npm run lab -- up');
}

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
  // Before anybody looks whether a file of the addons changed.
  await bundleConsole(join(checkout, consoleAssets));
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
