/** The machine that set-up commands change: its files, accounts and programs. Paths are absolute. */

export interface FileAccess {
  /** Permission bits, such as 0o640. */
  readonly mode: number;
  /** Who it belongs to; who writes it where not given. */
  readonly uid?: number;
  readonly gid?: number;
}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly timeoutMs: number;
  /** The whole environment of the program; this process's own where not given. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Host {
  /** undefined where there is no such file. */
  readFile(path: string): string | undefined;
  /** undefined where there is nothing. */
  accessOf(path: string): Required<FileAccess> | undefined;
  /** Names in a folder, sorted; none where there is no such folder. */
  list(folder: string): string[];
  /** All or nothing: others see the old content or the new; it is on disk when this returns. */
  writeFile(path: string, content: string, access: FileAccess): void;
  /** With the folders above it. One that exists stays as it is. Returns whether it was made. */
  makeFolder(path: string, access: FileAccess): boolean;
  /** What does not exist is fine. */
  removeFile(path: string): void;
  /** Removes a folder when it is empty. */
  removeFolder(path: string): void;
  /** Whether this process may give files to others. */
  readonly isRoot: boolean;
  /** An account by name, undefined where there is none. */
  user(name: string): { uid: number; gid: number } | undefined;
  group(name: string): number | undefined;
  /** Runs a program found by PATH, without a shell. Code 127: there is no such program. Never rejects. */
  run(program: string, args: readonly string[], options: RunOptions): Promise<CommandResult>;
}
