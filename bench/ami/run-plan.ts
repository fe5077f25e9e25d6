import { clients } from './clients.ts';

export interface Run {
  client: string;
  stream: 'generated' | 'recorded';
  transport: 'tcp' | 'memory';
  /** Bytes per write of the server (TCP), per read of the client (memory). */
  chunk: number;
  events: number;
  port: number;
}

export interface Measured {
  /** Events that the public callback should have got. */
  expected: number;
  delivered: number;
  /** Events of the stream, wanted or not, per second. */
  eventsPerSecond: number;
}

export const chunkSizes = [65_536, 1460] as const;

/** Everything once, the clients side by side, so that what else the machine does hits them alike. */
export function everyRun(port: number, share: number): Run[] {
  const runs: Run[] = [];
  for (const stream of ['generated', 'recorded'] as const) {
    for (const transport of ['tcp', 'memory'] as const) {
      for (const chunk of chunkSizes) {
        for (const [client, { role, events }] of Object.entries(clients)) {
          if (role === 'limit' && transport === 'memory') continue;
          runs.push({ client, stream, transport, chunk, events: Math.round(events * share), port });
        }
      }
    }
  }
  return runs;
}
