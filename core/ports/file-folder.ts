/** A file that is open: whatever happens to its name meanwhile, this stays the same file. */
export interface OpenFile {
  readonly bytes: number;
  /** Unix milliseconds. */
  readonly modifiedAt: number;
  /** Up to `length` bytes from `offset` on; fewer only at the end of the file. */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/**
 * One folder of the PBX that jobs may reach, and nothing outside it. Names are relative to it, parts separated by
 * `/`. No part of a name is followed when it is a link; only regular files are opened. Rejects JOB_BAD_ARGUMENTS for
 * what is no name, FILE_NOT_FOUND, FILE_REFUSED for links and devices, FILE_ACCESS.
 */
export interface FileFolder {
  readonly path: string;
  open(name: string): Promise<OpenFile>;
  /** The whole of a file. Rejects FILE_REFUSED when it is larger than `maxBytes`. */
  read(name: string, maxBytes: number): Promise<Uint8Array>;
  /** Names of the regular files that end in `suffix`, sorted; neither hidden ones nor what is behind links. */
  list(suffix: string): Promise<string[]>;
  /**
   * All or nothing, on disk when it resolves. Owner and mode stay; what was there is kept as `<name>.bak`. False when
   * the file is that already. `check` gets what is there (undefined: nothing) when nobody else can change it any more;
   * what it throws leaves everything as it is.
   */
  write(
    name: string,
    content: Uint8Array,
    check?: (before: Uint8Array | undefined) => void,
  ): Promise<boolean>;
  /** `keep`: it stays as `<name>.bak`. */
  remove(name: string, options: { keep: boolean }): Promise<void>;
}
