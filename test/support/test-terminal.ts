import { type ConsoleEnd, type ConsoleEndpoint, createConsoleEndpoint } from '#core/console/endpoint.ts';
import type { ConsoleTransport } from '#core/ports/console-transport.ts';
import { createWebSocketTransport } from '#edge-agent/console/web-socket-transport.ts';
import { systemClock } from '#edge-agent/system-clock.ts';
import { systemRandom } from '#edge-agent/system-random.ts';
import { eventually } from './trial-system.ts';

/** The browser's half of a console, driven by a script. */
export interface TestTerminal {
  readonly endpoint: ConsoleEndpoint;
  readonly over: Promise<ConsoleEnd>;
  readonly notices: readonly string[];
  type(text: string): void;
  /** The last 200 KB of output. */
  text(): string;
  bytes(): number;
  /** Waits until the output holds it; forgets what came before. */
  until(text: string | RegExp, ms?: number): Promise<string>;
  /** Lines of nine digits among the output: whether they count up from one without a gap. */
  numbers(): { count: number; inOrder: boolean };
  /** Bytes of the largest message that came or went. */
  largest(): number;
  connections(): number;
  /** The network fails; the endpoint comes back by itself. `forMs`: there is none for so long. */
  cut(forMs?: number): void;
  raw(text: string): void;
}

export function openTerminal(url: string, size = { cols: 80, rows: 24 }): TestTerminal {
  const network = createWebSocketTransport();
  const over = Promise.withResolvers<ConsoleEnd>();
  const notices: string[] = [];
  let connections = 0;
  let largest = 0;
  let bytes = 0;
  let text = '';
  let seenTo = 0;
  let downUntil = 0;
  let drop = (): void => {};
  let raw = (_text: string): void => {};
  let line = '';
  let count = 0;
  let inOrder = true;

  const measure = (message: string): void => {
    largest = Math.max(largest, Buffer.byteLength(message));
  };
  const transport: ConsoleTransport = {
    async connect(address, listener, signal) {
      if (Date.now() < downUntil) throw new Error('the network is down');
      let isCut = false;
      const connection = await network.connect(
        address,
        {
          message(message) {
            measure(message);
            if (!isCut) listener.message(message);
          },
          closed: () => isCut || listener.closed(),
        },
        signal,
      );
      connections += 1;
      raw = (frame) => connection.send(frame);
      drop = () => {
        isCut = true;
        connection.close();
        listener.closed();
      };
      return {
        send(message) {
          measure(message);
          if (!isCut) connection.send(message);
        },
        close: () => connection.close(),
      };
    },
  };
  const decoder = new TextDecoder();
  const endpoint = createConsoleEndpoint({
    role: 'browser',
    url,
    size,
    transport,
    clock: systemClock,
    random: systemRandom,
    listener: {
      data(data) {
        bytes += data.length;
        const more = decoder.decode(data, { stream: true });
        text += more;
        if (text.length > 400_000) {
          seenTo = Math.max(0, seenTo - (text.length - 200_000));
          text = text.slice(-200_000);
        }
        const lines = (line + more).split('\n');
        line = lines.pop() ?? '';
        for (const one of lines) {
          if (!/^\d{9}\r?$/.test(one)) continue;
          count += 1;
          inOrder &&= Number(one) === count;
        }
      },
      notice: (notice) => notices.push(notice),
      over: (end) => over.resolve(end),
    },
  });
  endpoint.start();
  return {
    endpoint,
    over: over.promise,
    notices,
    type: (keys) => endpoint.write(Buffer.from(keys)),
    text: () => text,
    bytes: () => bytes,
    until: (what, ms = 20_000) =>
      eventually(
        `${String(what)} in the terminal, which shows ${JSON.stringify(text.slice(-600))}`,
        () => {
          const rest = text.slice(seenTo);
          const found = typeof what === 'string' ? rest.indexOf(what) : rest.search(what);
          if (found < 0) return undefined;
          const to =
            typeof what === 'string' ? found + what.length : found + (what.exec(rest)?.[0].length ?? 0);
          seenTo += to;
          return rest.slice(0, to);
        },
        ms,
      ),
    numbers: () => ({ count, inOrder }),
    largest: () => largest,
    connections: () => connections,
    cut(forMs = 0) {
      downUntil = Date.now() + forMs;
      drop();
    },
    raw: (frame) => raw(frame),
  };
}
