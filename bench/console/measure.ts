import { createHash } from 'node:crypto';
import { type ConsoleEndpoint, createConsoleEndpoint } from '../../core/console/endpoint.ts';
import type { ConsoleTransport } from '../../core/ports/console-transport.ts';
import { createWebSocketTransport } from '../../edge-agent/console/web-socket-transport.ts';
import { systemClock } from '../../edge-agent/system-clock.ts';
import { systemRandom } from '../../edge-agent/system-random.ts';

export interface Terminal {
  readonly endpoint: ConsoleEndpoint;
  /** Called with all output from now on. */
  listen(listener: (bytes: Uint8Array) => void): void;
  /** Bytes of the largest message. */
  largest(): number;
}

/** The browser's half, over a real WebSocket. */
export function openBenchTerminal(url: string): Terminal {
  const network = createWebSocketTransport();
  let largest = 0;
  const transport: ConsoleTransport = {
    connect: (address, listener, signal) =>
      network.connect(
        address,
        {
          message(text) {
            largest = Math.max(largest, Buffer.byteLength(text));
            listener.message(text);
          },
          closed: () => listener.closed(),
        },
        signal,
      ),
  };
  let heard: ((bytes: Uint8Array) => void) | undefined;
  const endpoint = createConsoleEndpoint({
    role: 'browser',
    url,
    size: { cols: 120, rows: 40 },
    transport,
    clock: systemClock,
    random: systemRandom,
    listener: { data: (bytes) => heard?.(bytes), over: () => {} },
  });
  endpoint.start();
  return { endpoint, listen: (listener) => (heard = listener), largest: () => largest };
}

/** Milliseconds from a key to its echo, of so many keys typed one after the other. */
export async function measureEcho(terminal: Terminal, keys: number): Promise<number[]> {
  const times: number[] = [];
  for (let key = 0; key < keys; key += 1) {
    const echoed = Promise.withResolvers<void>();
    terminal.listen(() => echoed.resolve());
    const before = performance.now();
    terminal.endpoint.write(Buffer.from('x'));
    await echoed.promise;
    times.push(performance.now() - before);
    // As a fast typist; in step with nothing.
    await systemClock.sleep(30 + systemRandom.fraction() * 40);
  }
  return times;
}

export interface Throughput {
  bytes: number;
  seconds: number;
  /** Byte for byte what was sent. */
  whole: boolean;
}

/** Has a command print what `expected` hashes (SHA-256) and `bytes` counts, after a line that says START. */
export async function measureThroughput(
  terminal: Terminal,
  command: string,
  bytes: number,
  expected: string,
): Promise<Throughput> {
  const done = Promise.withResolvers<Throughput>();
  const hash = createHash('sha256');
  let got = 0;
  let startedAt: number | undefined;
  let before = '';
  terminal.listen((data) => {
    let rest: Uint8Array = data;
    if (startedAt === undefined) {
      before += Buffer.from(data).toString('latin1');
      const start = before.indexOf('\nSTART\r\n');
      if (start < 0) return;
      startedAt = performance.now();
      rest = Buffer.from(before.slice(start + 8), 'latin1');
    }
    const part = rest.subarray(0, bytes - got);
    hash.update(part);
    got += part.length;
    if (got < bytes) return;
    const seconds = (performance.now() - startedAt) / 1000;
    done.resolve({ bytes, seconds, whole: hash.digest('hex') === expected });
  });
  terminal.endpoint.write(Buffer.from(`${command}\r`));
  return done.promise;
}
