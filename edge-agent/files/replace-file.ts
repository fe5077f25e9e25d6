/*
 * All or nothing: a draft beside the file gets content, owner and mode, is forced to the disk and takes the file's
 * name. A crash leaves a hidden draft behind, which the next write of that file removes.
 */
import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, readdir, rename, unlink } from 'node:fs/promises';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { at, type Place } from './walk.ts';

export interface Access {
  readonly uid: number;
  readonly gid: number;
  /** Permission bits. */
  readonly mode: number;
}

const groupReads = 0o040;
const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

export function accessOf({ uid, gid, mode }: Stats): Access {
  return { uid, gid, mode: mode & 0o777 };
}

/** For a file that is new: the folder's owner and group, who are those that read it. */
export async function accessInFolder(folder: FileHandle): Promise<Access> {
  const { uid, gid } = await folder.stat();
  return { uid, gid, mode: 0o640 };
}

export async function replaceFile(
  { folder, base }: Place,
  content: Uint8Array,
  access: Access,
): Promise<void> {
  await removeDrafts(folder, base);
  const draft = at(folder, `.${base}.${randomBytes(6).toString('hex')}.draft`);
  // Nobody else can open it before it has its owner.
  const file = await open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    try {
      await file.writeFile(content);
      await giveTo(file, base, access);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, at(folder, base));
  } catch (error) {
    await unlink(draft).catch(() => undefined);
    throw error;
  }
  await folder.sync();
}

/** Only root may give a file away. Its group then has to be enough for those who read it. */
async function giveTo(file: FileHandle, base: string, { uid, gid, mode }: Access): Promise<void> {
  const own = await file.stat();
  if (own.uid !== uid || own.gid !== gid) {
    try {
      await file.chown(uid, gid);
    } catch (error) {
      if (own.gid !== gid) await file.chown(own.uid, gid);
      if ((mode & groupReads) === 0) {
        throw new OdoopbxError(
          'FILE_ACCESS',
          `${base} belongs to another user and its group may not read it: written by the agent it would be lost to them (chmod g+r)`,
          { cause: error },
        );
      }
    }
  }
  await file.chmod(mode);
}

async function removeDrafts(folder: FileHandle, base: string): Promise<void> {
  for (const name of await readdir(`/proc/self/fd/${folder.fd}`)) {
    if (name.startsWith(`.${base}.`) && name.endsWith('.draft')) await unlink(at(folder, name));
  }
}
