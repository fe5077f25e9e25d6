import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { removeTree } from './build-steps.ts';
import { changeLab } from './change-lab.ts';
import { withLabLock } from './lock.ts';
import { note } from './progress.ts';
import { requirePossible } from './possible.ts';
import { serviceNames, stopServices } from './service.ts';
import { labDir, paths } from './settings.ts';

export async function labDown(): Promise<void> {
  requirePossible();
  if (!existsSync(labDir)) return note('there is no lab');
  await changeLab('down', () => stopServices(serviceNames));
}

/** Removes what was built, and the lab's folder unless something else is in it. */
export async function labDestroy(): Promise<void> {
  requirePossible();
  await withLabLock('destroy', async () => {
    await stopServices(serviceNames);
    // By name: ODOOPBX_LAB_DIR may be a folder that holds other things.
    for (const path of Object.values(paths)) await removeTree(path);
    if (existsSync(labDir) && readdirSync(labDir).length === 0) rmdirSync(labDir);
    note(`removed what the lab had in ${labDir}`);
  });
}
