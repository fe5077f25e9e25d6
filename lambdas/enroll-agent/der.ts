/** One value of ASN.1's distinguished encoding (X.690), as far as a certificate signing request needs it. */
export interface DerValue {
  readonly tag: number;
  readonly content: Buffer;
  /** With tag and length. */
  readonly raw: Buffer;
}

export const derTag = { integer: 0x02, bitString: 0x03, objectId: 0x06, sequence: 0x30 } as const;

/** The values that stand one after another in `bytes`. Throws RangeError where they do not fill it exactly. */
export function readDer(bytes: Buffer): DerValue[] {
  const values: DerValue[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = bytes.readUInt8(at);
    const { length, from } = readLength(bytes, at + 1);
    const end = from + length;
    if (end > bytes.length) throw new RangeError('a value is longer than what it stands in');
    values.push({ tag, content: bytes.subarray(from, end), raw: bytes.subarray(at, end) });
    at = end;
  }
  return values;
}

/** The values inside a sequence. */
export function insideSequence(value: DerValue | undefined): DerValue[] {
  if (value?.tag !== derTag.sequence) throw new RangeError('a sequence is missing');
  return readDer(value.content);
}

function readLength(bytes: Buffer, at: number): { length: number; from: number } {
  const first = bytes.readUInt8(at);
  if (first < 0x80) return { length: first, from: at + 1 };
  const size = first & 0x7f;
  if (size < 1 || size > 3) throw new RangeError('a length that no request has');
  return { length: bytes.readUIntBE(at + 1, size), from: at + 1 + size };
}
