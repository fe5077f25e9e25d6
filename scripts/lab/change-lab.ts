import { mkdirSync } from 'node:fs';
import { writeStatus } from './lab-status.ts';
import type { LabStatus } from './lab-status.ts';
import { withLabLock } from './lock.ts';
import { requirePossible } from './possible.ts';
import { paths } from './settings.ts';

/** Changes the lab while nobody else does, and writes its status afterwards, come what may. */
export async function changeLab(what: string, deed: () => Promise<void>): Promise<LabStatus> {
  requirePossible();
  return withLabLock(what, async () => {
    mkdirSync(paths.log, { recursive: true });
    try {
      await deed();
    } catch (error) {
      await writeStatus();
      throw error;
    }
    return writeStatus();
  });
}
