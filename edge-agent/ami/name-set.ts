const tableSize = 256;

/** A set of event names that is asked with bytes: no string is made for an event that nobody wants. */
export class NameSet {
  readonly #table: Uint8Array[][] = Array.from({ length: tableSize }, () => []);

  constructor(names: Iterable<string>) {
    for (const name of names) {
      const bytes = new TextEncoder().encode(name);
      this.#table[slotOf(bytes, 0, bytes.length)]?.push(bytes);
    }
  }

  has(buffer: Uint8Array, from: number, to: number): boolean {
    const bucket = this.#table[slotOf(buffer, from, to)] as Uint8Array[];
    for (let i = 0; i < bucket.length; i += 1) {
      if (equals(bucket[i] as Uint8Array, buffer, from, to)) return true;
    }
    return false;
  }
}

/** Length, first, middle and last byte tell AMI's event names apart well enough for a table. */
function slotOf(buffer: Uint8Array, from: number, to: number): number {
  const length = to - from;
  if (length === 0) return 0;
  const first = buffer[from] as number;
  const middle = buffer[from + (length >> 1)] as number;
  const last = buffer[to - 1] as number;
  return (Math.imul(first, 31) + Math.imul(middle, 7) + last + length) & (tableSize - 1);
}

function equals(bytes: Uint8Array, buffer: Uint8Array, from: number, to: number): boolean {
  if (bytes.length !== to - from) return false;
  for (let i = 0; i < bytes.length; i += 1) if (buffer[from + i] !== bytes[i]) return false;
  return true;
}
