import { existsSync } from 'node:fs';
import { removeTree } from './build-steps.ts';
import { writeStatus } from './lab-status.ts';
import { withLabLock } from './lock.ts';
import { note } from './progress.ts';
import { requirePossible } from './possible.ts';
import { serviceNames, stopServices } from './service.ts';
import { labDir } from './settings.ts';

export async function labDown(): Promise<void> {
  requirePossible();
  if (!existsSync(labDir)) return note('there is no lab');
  await withLabLock('down', async () => {
    await stopServices(serviceNames);
    await writeStatus();
  });
}

/** Removes the lab's folder with all that was built. */
export async function labDestroy(): Promise<void> {
  requirePossible();
  await withLabLock('destroy', async () => {
    await stopServices(serviceNames);
    await removeTree(labDir);
    note(`removed ${labDir}`);
  });
}
