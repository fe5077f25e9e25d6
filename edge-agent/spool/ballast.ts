import { closeSync, existsSync, fsyncSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs';
import { randomFillSync } from 'node:crypto';
import { dirname } from 'node:path';

/**
 * A file of nothing beside the spool. When others have filled the disk it is deleted, and SQLite has the room
 * that it needs to release and to delete: so the spool goes on emptying itself.
 */
export class Ballast {
  readonly #path: string;
  readonly #bytes: number;

  constructor(path: string, bytes: number) {
    this.#path = path;
    this.#bytes = bytes;
  }

  /**
   * Makes the file where it is missing. Throws, as a full disk does, while there is not twice the room: with
   * less the disk would be full again at the next write.
   */
  load(): void {
    if (this.#bytes === 0 || (existsSync(this.#path) && statSync(this.#path).size >= this.#bytes)) return;
    const { bavail, bsize } = statfsSync(dirname(this.#path));
    if (bavail * bsize < 2 * this.#bytes) throw noSpace(this.#bytes);
    const file = openSync(this.#path, 'w', 0o600);
    try {
      // Random, so that no file system stores it in less.
      const chunk = randomFillSync(Buffer.alloc(Math.min(this.#bytes, 1024 * 1024)));
      for (let written = 0; written < this.#bytes;) written += writeSync(file, chunk);
      fsyncSync(file);
    } catch (error) {
      rmSync(this.#path, { force: true });
      throw error;
    } finally {
      closeSync(file);
    }
  }

  drop(): void {
    rmSync(this.#path, { force: true });
  }
}

function noSpace(bytes: number): Error {
  return Object.assign(new Error(`less than ${2 * bytes} bytes are free on the disk`), { code: 'ENOSPC' });
}
