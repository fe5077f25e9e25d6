import { dirname } from 'node:path';
import type { CommandResult, FileAccess, Host } from '#core/ports/host.ts';

type Answer = string | Partial<CommandResult> | undefined;

export interface MemoryHost extends Host {
  readonly files: Map<string, { content: string; access: Required<FileAccess> }>;
  readonly folders: Map<string, Required<FileAccess>>;
  /** What was run, as one line each. */
  readonly ran: string[];
  isRoot: boolean;
  users: Record<string, { uid: number; gid: number }>;
  groups: Record<string, number>;
  /** Answers a command line; undefined: there is no such program. */
  answer: (line: string) => Answer;
  /** Called before each write; throw to make it fail. */
  beforeWrite: (path: string) => void;
  put(path: string, content: string, access?: Partial<FileAccess>): void;
}

/** A machine in memory, root's, with the user odoopbx-agent (900). */
export function memoryHost(): MemoryHost {
  const files: MemoryHost['files'] = new Map();
  const folders: MemoryHost['folders'] = new Map();
  const full = ({ mode, uid = 0, gid = 0 }: FileAccess) => ({ mode, uid, gid });
  const namesIn = (folder: string): string[] => {
    const below = [...files.keys(), ...folders.keys()].filter((path) => path.startsWith(`${folder}/`));
    return [...new Set(below.map((path) => path.slice(folder.length + 1).split('/')[0] ?? ''))].sort();
  };
  const self: MemoryHost = {
    files,
    folders,
    ran: [],
    isRoot: true,
    users: { 'odoopbx-agent': { uid: 900, gid: 900 } },
    groups: {},
    answer: () => undefined,
    beforeWrite() {},
    put(path, content, access = {}) {
      folders.set(dirname(path), full({ mode: 0o755 }));
      files.set(path, { content, access: full({ mode: 0o644, ...access }) });
    },
    readFile: (path) => files.get(path)?.content,
    accessOf: (path) => files.get(path)?.access ?? folders.get(path),
    list: namesIn,
    writeFile(path, content, access) {
      self.beforeWrite(path);
      if (!folders.has(dirname(path))) throw new Error(`ENOENT: ${path}`);
      files.set(path, { content, access: full(access) });
    },
    makeFolder(path, access) {
      if (folders.has(path) || namesIn(path).length > 0) return false;
      folders.set(path, full(access));
      return true;
    },
    removeFile: (path) => void files.delete(path),
    removeFolder(path) {
      if (namesIn(path).length === 0) folders.delete(path);
    },
    user: (name) => self.users[name],
    group: (name) => self.groups[name],
    run(program, args) {
      const line = [program, ...args].join(' ');
      self.ran.push(line);
      const said = self.answer(line);
      const nothing = { code: 127, stdout: '', stderr: 'not found' };
      if (said === undefined) return Promise.resolve(nothing);
      return Promise.resolve({
        code: 0,
        stdout: '',
        stderr: '',
        ...(typeof said === 'string' ? { stdout: said } : said),
      });
    },
  };
  return self;
}
