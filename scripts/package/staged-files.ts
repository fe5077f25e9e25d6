import { createHash } from 'node:crypto';
import { chmod, copyFile, lutimes, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** The tree that becomes the package: every file with the mode and the time that it shall have there. */
export class StagedFiles {
  readonly root: string;
  readonly #files: string[] = [];

  constructor(root: string) {
    this.root = root;
  }

  /** A file, given as text or as bytes; `path` below the root. */
  async write(path: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
    await this.#make(path);
    await writeFile(join(this.root, path), content);
    await chmod(join(this.root, path), mode);
  }

  async copy(from: string, path: string, mode = 0o644): Promise<void> {
    await this.#make(path);
    await copyFile(from, join(this.root, path));
    await chmod(join(this.root, path), mode);
  }

  /** As `gzip -9n` would: without name and time. */
  async gzip(path: string, content: string): Promise<void> {
    await this.write(`${path}.gz`, gzipSync(content, { level: 9 }));
  }

  /** `DEBIAN/md5sums`, which `dpkg --verify` reads. */
  async md5sums(): Promise<string> {
    const lines = this.#files.toSorted().map(async (path) => {
      const sum = createHash('md5').update(await readFile(join(this.root, path)));
      return `${sum.digest('hex')}  ${path}\n`;
    });
    return (await Promise.all(lines)).join('');
  }

  /** In KiB, each file rounded up and each folder counted as one (Debian Policy 5.6.20). */
  async installedSize(): Promise<number> {
    const sizes = this.#files.map(async (path) => Math.ceil((await stat(join(this.root, path))).size / 1024));
    const folders = new Set(this.#files.flatMap((path) => foldersOf(path)));
    return (await Promise.all(sizes)).reduce((sum, size) => sum + size, folders.size);
  }

  /** Folders get their rights and everything its time: the last step. */
  async seal(epoch: number): Promise<void> {
    const entries = await readdir(this.root, { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      if (entry.isDirectory()) await chmod(join(entry.parentPath, entry.name), 0o755);
    }
    await chmod(this.root, 0o755);
    for (const entry of entries) await lutimes(join(entry.parentPath, entry.name), epoch, epoch);
    await lutimes(this.root, epoch, epoch);
  }

  async #make(path: string): Promise<void> {
    if (!path.startsWith('DEBIAN/')) this.#files.push(path);
    await mkdir(dirname(join(this.root, path)), { recursive: true });
  }
}

function foldersOf(path: string): string[] {
  const folder = dirname(path);
  return folder === '.' ? [] : [folder, ...foldersOf(folder)];
}
