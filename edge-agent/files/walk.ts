/*
 * How a name becomes an open file without anybody being able to lead it elsewhere. Node has no openat(2); its like is
 * `/proc/self/fd/<folder>/<part>`, which the kernel resolves from the folder that is open, wherever its path leads by
 * now. So each part is opened in the folder opened before it, and none is followed when it is a link: whoever may write
 * in these folders (Asterisk) can swap a folder for a link at any moment and gains nothing.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { fileError } from './file-errors.ts';
import { partsOf } from './file-name.ts';

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;

/** A folder that is open, and a name in it. */
export interface Place {
  readonly folder: FileHandle;
  readonly base: string;
}

/** The path of something in an open folder. */
export function at(folder: FileHandle, base: string): string {
  return `/proc/self/fd/${folder.fd}/${base}`;
}

/** The folder itself is the administrator's word, link or not. */
export async function openRoot(root: string): Promise<FileHandle> {
  try {
    return await open(root, O_RDONLY | O_DIRECTORY);
  } catch (error) {
    throw fileError(`the folder ${root}`, error);
  }
}

export function openFolderIn(folder: FileHandle, part: string): Promise<FileHandle> {
  return open(at(folder, part), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

/** Gives the place of `name` below `root`, open as long as `use` takes. Rejects as FileFolder says. */
export async function inPlace<T>(root: string, name: string, use: (place: Place) => Promise<T>): Promise<T> {
  const parts = partsOf(name);
  const base = parts.pop() ?? '';
  let folder = await openRoot(root);
  try {
    for (const part of parts) {
      const next = await openFolderIn(folder, part);
      await folder.close();
      folder = next;
    }
    return await use({ folder, base });
  } catch (error) {
    throw fileError(name, error);
  } finally {
    await folder.close();
  }
}
