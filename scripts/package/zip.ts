import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipEntry {
  /** With slashes, below the archive's root. */
  readonly path: string;
  readonly bytes: Buffer;
}

const localHeader = 0x04034b50;
const centralHeader = 0x02014b50;
const endOfDirectory = 0x06054b50;
/** 2.0: deflate. */
const version = 20;
const madeOnUnix = (3 << 8) | version;
const utf8Names = 0x0800;
const deflated = 8;
const regularFile0644 = (0o100644 << 16) >>> 0;

/**
 * A zip archive (PKWARE's APPNOTE.TXT) of plain files, in the given order, all of one time in Unix seconds: the same
 * entries give the same bytes. Below 4 GB and 65,535 entries, which the format's old fields hold.
 */
export function zip(entries: readonly ZipEntry[], epoch: number): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { path, bytes } of entries) {
    const name = Buffer.from(path);
    const packed = deflateRawSync(bytes, { level: 9 });
    const facts = commonFields(name, bytes, packed, epoch);
    const local = Buffer.concat([u32(localHeader), facts, name]);
    directory.push(
      Buffer.concat([
        u32(centralHeader),
        u16(madeOnUnix),
        facts,
        // No comment, first disk, no internal attributes.
        u16(0, 0, 0),
        u32(regularFile0644, offset),
        name,
      ]),
    );
    parts.push(local, packed);
    offset += local.length + packed.length;
  }
  const central = Buffer.concat(directory);
  const end = [
    u32(endOfDirectory),
    u16(0, 0, entries.length, entries.length),
    u32(central.length, offset),
    u16(0),
  ];
  return Buffer.concat([...parts, central, ...end]);
}

/** What the header before a file and its line in the directory say alike. */
function commonFields(name: Buffer, bytes: Buffer, packed: Buffer, epoch: number): Buffer {
  return Buffer.concat([
    u16(version, utf8Names, deflated, ...dosTime(epoch)),
    u32(crc32(bytes), packed.length, bytes.length),
    u16(name.length, 0),
  ]);
}

/** Time and date as MS-DOS keeps them, in UTC; the format begins in 1980. */
function dosTime(epoch: number): [number, number] {
  const at = new Date(Math.max(epoch, Date.UTC(1980) / 1000) * 1000);
  const time = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1);
  const date = ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate();
  return [time, date];
}

function u16(...values: number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) buffer.writeUInt16LE(value, index * 2);
  return buffer;
}

function u32(...values: number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) buffer.writeUInt32LE(value, index * 4);
  return buffer;
}
