import { clients } from './clients.ts';
import { wantedNames } from './streams.ts';
import type { EventStream, StreamName } from './streams.ts';

export interface Run {
  client: string;
  stream: StreamName;
  transport: 'tcp' | 'memory';
  /** Bytes per write of the server (TCP), per read of the client (memory). */
  chunk: number;
  /** How many events of the stream, and how many bytes they are. */
  events: number;
  bytes: number;
  /** How many of them the public callback has to get. */
  expected: number;
  /** Holds the stream. */
  file: string;
  port: number;
}

export interface Measured {
  delivered: number;
  /** Events of the stream, wanted or not, per second. */
  eventsPerSecond: number;
  /** The same per second of processor time of the client's thread: hardly disturbed by what else the machine does. */
  eventsPerCpuSecond: number;
}

export interface StoredStream extends EventStream {
  name: StreamName;
  file: string;
}

const chunkSizes = [65_536, 1460];

/** Everything once, the clients side by side, so that what else the machine does hits them alike. */
export function everyRun(streams: readonly StoredStream[], port: number, share: number): Run[] {
  const runs: Run[] = [];
  for (const { name: stream, file, ends, names } of streams) {
    for (const transport of ['tcp', 'memory'] as const) {
      for (const chunk of chunkSizes) {
        for (const [client, { role, selective, ...limit }] of Object.entries(clients)) {
          if (role === 'limit' && transport === 'memory') continue;
          const events = Math.round(limit.events * share);
          const wanted = names.slice(0, events).filter((name) => selective !== true || wantedNames.has(name));
          const size = { events, bytes: ends[events - 1] ?? 0, expected: wanted.length };
          runs.push({ client, stream, transport, chunk, ...size, file, port });
        }
      }
    }
  }
  return runs;
}
