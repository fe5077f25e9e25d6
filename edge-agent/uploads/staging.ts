import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileFolder, OpenFile } from '#core/ports/file-folder.ts';

export interface Staging {
  put(jobId: string, content: Uint8Array): Promise<void>;
  open(jobId: string): Promise<OpenFile>;
  remove(jobId: string): Promise<void>;
  /** Names of the jobs that something is staged for. */
  list(): Promise<string[]>;
}

/** Contents that wait for their upload, in a folder of the state folder. */
export function createStaging(folder: FileFolder): Staging {
  return {
    async put(jobId, content) {
      await mkdir(folder.path, { recursive: true, mode: 0o700 });
      const draft = join(folder.path, `.${jobId}`);
      const file = await open(draft, 'w', 0o600);
      try {
        await file.writeFile(content);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, join(folder.path, jobId));
    },
    open: (jobId) => folder.open(jobId),
    remove: (jobId) => rm(join(folder.path, jobId), { force: true }),
    async list() {
      try {
        return await readdir(folder.path);
      } catch {
        // Nothing was ever staged.
        return [];
      }
    },
  };
}
