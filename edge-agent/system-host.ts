import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { CommandResult, FileAccess, Host } from '#core/ports/host.ts';

/** The machine that this process runs on. */
export const systemHost: Host = {
  readFile: (path) => unlessMissing(() => readFileSync(path, 'utf8')),
  accessOf(path) {
    const found = unlessMissing(() => statSync(path));
    return found && { mode: found.mode & 0o7777, uid: found.uid, gid: found.gid };
  },
  list: (folder) => (unlessMissing(() => readdirSync(folder)) ?? []).sort(),
  writeFile,
  makeFolder(path, access) {
    if (existsSync(path)) return false;
    const above = dirname(path);
    if (!existsSync(above)) mkdirSync(above, { recursive: true, mode: 0o755 });
    mkdirSync(path, { mode: 0o700 });
    // By its descriptor: whoever owns the folder above (Asterisk its own) could put a link in the path's place.
    const folder = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
      const { uid, gid } = ownerOf(access);
      fchownSync(folder, uid, gid);
      fchmodSync(folder, access.mode);
    } finally {
      closeSync(folder);
    }
    return true;
  },
  removeFile: (path) => rmSync(path, { force: true }),
  removeFolder(path) {
    if (existsSync(path) && readdirSync(path).length === 0) rmdirSync(path);
  },
  isRoot: process.getuid?.() === 0,
  user(name) {
    const [, , uid, gid] = accountOf('passwd', name) ?? [];
    return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
  },
  group(name) {
    const [, , gid] = accountOf('group', name) ?? [];
    return gid === undefined ? undefined : Number(gid);
  },
  run: (program, args, { timeoutMs, env }) =>
    new Promise<CommandResult>((resolve) => {
      const options = {
        timeout: timeoutMs,
        killSignal: 'SIGKILL' as const,
        maxBuffer: 1024 * 1024,
        ...(env === undefined ? {} : { env }),
      };
      execFile(program, args, options, (error, stdout, stderr) => {
        resolve({ code: exitCodeOf(error), stdout, stderr: stderr || (error?.message ?? '') });
      });
    }),
};

/** Temporary name beside it, so that the rename stays within one file system. */
function writeFile(path: string, content: string, access: FileAccess): void {
  const draft = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    // Nobody else can open it before it has its owner.
    const file = openSync(draft, 'wx', 0o600);
    try {
      writeFileSync(file, content);
      const { uid, gid } = ownerOf(access);
      fchownSync(file, uid, gid);
      fchmodSync(file, access.mode);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function ownerOf({ uid, gid }: FileAccess): { uid: number; gid: number } {
  return { uid: uid ?? process.geteuid?.() ?? 0, gid: gid ?? process.getegid?.() ?? 0 };
}

/** By the system's own look-up, which knows LDAP and the like too. */
function accountOf(database: 'passwd' | 'group', name: string): string[] | undefined {
  try {
    const found = execFileSync('getent', [database, '--', name], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return found.trim().split(':');
  } catch {
    return undefined;
  }
}

function exitCodeOf(error: Error | null): number {
  if (error === null) return 0;
  const { code } = error as { code?: unknown };
  if (typeof code === 'number') return code;
  return code === 'ENOENT' ? 127 : 1;
}

function unlessMissing<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
