import { rename, readdir, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { FileFolder } from '#core/ports/file-folder.ts';
import { fileError } from './file-errors.ts';
import { asOpenFile, openRegular, readWhole } from './open-file.ts';
import { accessInFolder, accessOf, replaceFile } from './replace-file.ts';
import { at, inPlace, openFolderIn, openRoot, type Place } from './walk.ts';

/** Folders below the folder that are looked into, and names that are listed, at most. */
const maxDepth = 4;
const maxNames = 5000;
/** Of a file that is about to be replaced, and so is kept. */
const maxKeptBytes = 10_000_000;

/** The folder at `path` (absolute). It needs not exist yet. */
export function openFileFolder(path: string): FileFolder {
  // One change at a time: two of one file would take each other's drafts for the remains of a crash.
  let changes: Promise<unknown> = Promise.resolve();
  function inTurn<T>(change: () => Promise<T>): Promise<T> {
    const turn = changes.then(change, change);
    changes = turn.catch(() => undefined);
    return turn;
  }

  return {
    path,
    open: (name) => inPlace(path, name, async (place) => asOpenFile(await openRegular(place, name))),
    read: (name, maxBytes) => inPlace(path, name, (place) => readAt(place, name, maxBytes)),
    async list(suffix) {
      const root = await openRoot(path);
      try {
        return (await listBelow(root, '', suffix, maxDepth)).slice(0, maxNames).sort();
      } catch (error) {
        throw fileError(`the folder ${path}`, error);
      } finally {
        await root.close();
      }
    },
    write: (name, content, check) =>
      inTurn(() => inPlace(path, name, (place) => write(place, name, content, check))),
    remove: (name, { keep }) =>
      inTurn(() =>
        inPlace(path, name, async (place) => {
          await (await openRegular(place, name)).handle.close();
          if (keep) await rename(at(place.folder, place.base), at(place.folder, `${place.base}.bak`));
          else await unlink(at(place.folder, place.base));
          await place.folder.sync();
        }),
      ),
  };
}

async function readAt(place: Place, name: string, maxBytes: number): Promise<Uint8Array> {
  const opened = await openRegular(place, name);
  try {
    return await readWhole(opened, name, maxBytes);
  } finally {
    await opened.handle.close();
  }
}

async function write(
  place: Place,
  name: string,
  content: Uint8Array,
  check?: (before: Uint8Array | undefined) => void,
): Promise<boolean> {
  const before = await present(place, name);
  if (before === undefined) {
    check?.(undefined);
    await replaceFile(place, content, await accessInFolder(place.folder));
    return true;
  }
  try {
    const kept = await readWhole(before, name, maxKeptBytes);
    check?.(kept);
    if (Buffer.from(kept).equals(content)) return false;
    const access = accessOf(before.stats);
    await replaceFile({ ...place, base: `${place.base}.bak` }, kept, access);
    await replaceFile(place, content, access);
    return true;
  } finally {
    await before.handle.close();
  }
}

async function present(place: Place, name: string) {
  try {
    return await openRegular(place, name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function listBelow(
  folder: FileHandle,
  above: string,
  suffix: string,
  depth: number,
): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await readdir(`/proc/self/fd/${folder.fd}`, { withFileTypes: true })) {
    if (entry.name.startsWith('.')) continue;
    const name = above + entry.name;
    if (entry.isFile() && name.endsWith(suffix)) names.push(name);
    if (entry.isDirectory() && depth > 1 && names.length < maxNames) {
      names.push(...(await listFolder(folder, entry.name, name, suffix, depth - 1)));
    }
  }
  return names;
}

/** A folder that went away, became a link or is not ours to read has no names. */
async function listFolder(folder: FileHandle, part: string, name: string, suffix: string, depth: number) {
  let inner: FileHandle;
  try {
    inner = await openFolderIn(folder, part);
  } catch {
    return [];
  }
  try {
    return await listBelow(inner, `${name}/`, suffix, depth);
  } finally {
    await inner.close();
  }
}
