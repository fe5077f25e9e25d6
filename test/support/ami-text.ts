import type { FramerCounts, FramerOptions } from '#edge-agent/ami/framer.ts';
import { Framer, type AmiMessage } from '#edge-agent/ami/framer.ts';

/** AMI text with LF in the source, CRLF on the wire. */
export function wire(text: string): Buffer {
  return Buffer.from(text.replaceAll('\n', '\r\n'));
}

export interface Framed {
  messages: AmiMessage[];
  counts: FramerCounts;
  framer: Framer;
}

/** Pushes the chunks, each overwritten after it was drained: a framer that keeps a borrowed chunk is found out. */
export function frame(chunks: readonly Uint8Array[], options: Partial<FramerOptions> = {}): Framed {
  const framer = new Framer({ wanted: 'all', banner: false, ...options });
  const messages: AmiMessage[] = [];
  for (const chunk of chunks) {
    const borrowed = Uint8Array.from(chunk);
    framer.push(borrowed);
    for (let message = framer.take(); message !== undefined; message = framer.take()) messages.push(message);
    borrowed.fill(35);
  }
  return { messages, counts: framer.counts(), framer };
}

/** Cuts the bytes at the given offsets, in any order and number. */
export function cutAt(bytes: Buffer, offsets: readonly number[]): Buffer[] {
  const sorted = [...new Set(offsets.map((offset) => offset % (bytes.length + 1)))].sort((a, b) => a - b);
  const edges = [0, ...sorted, bytes.length];
  return edges.slice(1).map((edge, i) => bytes.subarray(edges[i], edge));
}

export function inPieces(bytes: Buffer, size: number): Buffer[] {
  return cutAt(
    bytes,
    Array.from({ length: Math.floor(bytes.length / size) }, (_, i) => (i + 1) * size),
  );
}

/** Header objects without their null prototype, for comparison. */
export function headersOf({ messages }: { messages: readonly AmiMessage[] }): Record<string, unknown>[] {
  return messages.flatMap((message) => (message.kind === 'banner' ? [] : [{ ...message.headers }]));
}
