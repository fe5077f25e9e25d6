/** A header name that was seen before. */
export interface HeaderKey {
  readonly name: string;
  /** The name's bytes and the colon. */
  readonly bytes: Uint8Array;
  /** The key that followed last time: mostly it follows again. */
  next: HeaderKey | undefined;
  /** The last message that had this header: how a repeated header is told without asking the object. */
  seenIn: number;
  chain: HeaderKey | undefined;
}

const colon = 58;
const tableSize = 1024;
/** Beyond this many, names are made anew each time: a peer that invents names must not fill the memory. */
const maxKeys = 2048;
const maxKeyBytes = 64;

/** Interns header names by their bytes, so that the same name is the same string and costs no allocation. */
export class HeaderKeys {
  readonly #table: (HeaderKey | undefined)[] = Array.from({ length: tableSize });
  readonly #first: HeaderKey = keyOf('', new Uint8Array(0));
  #previous = this.#first;
  #size = 0;

  /** To be called before the first line of each message. */
  restart(): void {
    this.#previous = this.#first;
  }

  /**
   * The key whose bytes and colon stand at `from`. Undefined when it is not interned: a name without a colon
   * before `to`, a new name when the table is full, an endless name, or one of `ChanVariable(<channel>)`.
   */
  match(buffer: Uint8Array, from: number, to: number): HeaderKey | undefined {
    const predicted = this.#previous.next;
    if (predicted !== undefined && standsAt(predicted.bytes, buffer, from, to)) {
      this.#previous = predicted;
      return predicted;
    }
    const found = this.#find(buffer, from, to);
    if (found !== undefined) {
      this.#previous.next = found;
      this.#previous = found;
    }
    return found;
  }

  #find(buffer: Uint8Array, from: number, to: number): HeaderKey | undefined {
    const limit = Math.min(to, from + maxKeyBytes);
    let hash = 0;
    let at = from;
    for (; at < limit; at += 1) {
      const byte = buffer[at] as number;
      if (byte === colon) break;
      // A parenthesis names a channel, a byte of 0x80 or more may be half a character: neither is worth keeping.
      if (byte === 40 || byte >= 0x80) return undefined;
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    if (at >= limit) return undefined;
    const slot = hash & (tableSize - 1);
    for (let key = this.#table[slot]; key !== undefined; key = key.chain) {
      if (standsAt(key.bytes, buffer, from, to)) return key;
    }
    if (this.#size >= maxKeys) return undefined;
    this.#size += 1;
    const bytes = Uint8Array.prototype.slice.call(buffer, from, at + 1);
    const key = keyOf(String.fromCharCode(...bytes.subarray(0, -1)), bytes);
    key.chain = this.#table[slot];
    this.#table[slot] = key;
    return key;
  }
}

function keyOf(name: string, bytes: Uint8Array): HeaderKey {
  return { name, bytes, next: undefined, seenIn: 0, chain: undefined };
}

function standsAt(bytes: Uint8Array, buffer: Uint8Array, from: number, to: number): boolean {
  const length = bytes.length;
  if (from + length > to) return false;
  for (let i = 0; i < length; i += 1) if (buffer[from + i] !== bytes[i]) return false;
  return true;
}
