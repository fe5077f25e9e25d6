import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { OpenFile } from '#core/ports/file-folder.ts';
import { refused } from './file-errors.ts';
import { at, type Place } from './walk.ts';

// NONBLOCK: opening a pipe that nobody writes to would wait for ever.
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export interface OpenedFile {
  readonly handle: FileHandle;
  readonly stats: Stats;
}

/** Opens a regular file; what it is, is asked of what was opened. */
export async function openRegular(place: Place, name: string): Promise<OpenedFile> {
  const handle = await open(at(place.folder, place.base), flags);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw refused(name, 'it is no regular file');
    return { handle, stats };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

export function asOpenFile({ handle, stats }: OpenedFile): OpenFile {
  return {
    bytes: stats.size,
    modifiedAt: stats.mtimeMs,
    async read(offset, length) {
      const buffer = Buffer.alloc(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await handle.read(buffer, filled, length - filled, offset + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return buffer.subarray(0, filled);
    },
    close: () => handle.close(),
  };
}

export async function readWhole(opened: OpenedFile, name: string, maxBytes: number): Promise<Uint8Array> {
  const { size } = opened.stats;
  if (size > maxBytes) throw refused(name, `it has ${size} bytes, ${maxBytes} is the most`);
  // One byte more than it should have: a file that grows meanwhile is not cut.
  const content = await asOpenFile(opened).read(0, maxBytes + 1);
  if (content.length > maxBytes) throw refused(name, `it has more than ${maxBytes} bytes`);
  return content;
}
