import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { CdrPosition } from '#core/ports/cdr-store.ts';

/** A part of a file that is to be read: `to` is past its last byte. */
export interface FilePart {
  path: string;
  from: number;
  to: number;
}

/** The end of the file; of one that is not there (yet), its beginning. */
export async function endOfFile(path: string): Promise<CdrPosition> {
  const found = await stat(path).catch(missing);
  return found ? { offset: found.size, file: String(found.ino) } : { offset: 0, file: '' };
}

/**
 * What was appended between two positions. When the file was rotated meanwhile, first the rest of the old one
 * where it still stands beside (`Master.csv.1`), then all of the new one; a file that was cut short is read anew.
 */
export async function partsBetween(path: string, from: CdrPosition, to: CdrPosition): Promise<FilePart[]> {
  if (from.file === to.file && from.offset <= to.offset) {
    return [{ path, from: await lineStart(path, from.offset), to: to.offset }];
  }
  const parts = [{ path, from: 0, to: to.offset }];
  const rotatedPath = `${path}.1`;
  const rotated = from.file === to.file ? undefined : await stat(rotatedPath).catch(missing);
  if (rotated && String(rotated.ino) === from.file && rotated.size >= from.offset) {
    const start = await lineStart(rotatedPath, from.offset);
    parts.unshift({ path: rotatedPath, from: start, to: rotated.size });
  }
  return parts;
}

export function readPart({ path, from, to }: FilePart): AsyncIterable<Uint8Array> {
  return to > from ? createReadStream(path, { start: from, end: to - 1 }) : noBytes();
}

/** The offset, or where the line begins that it stands in: Asterisk may have been writing when it was taken. */
async function lineStart(path: string, offset: number): Promise<number> {
  const size = Math.min(offset, 4096);
  const file = await open(path);
  try {
    const bytes = Buffer.alloc(size);
    await file.read(bytes, 0, size, offset - size);
    const newline = bytes.lastIndexOf(0x0a);
    return newline < 0 ? offset - size : offset - size + newline + 1;
  } finally {
    await file.close();
  }
}

async function* noBytes(): AsyncGenerator<Uint8Array> {}

function missing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}
