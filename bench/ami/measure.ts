/** One run of one client, in a process of its own: prints nothing, answers its parent with a Measured. */
import { readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { clients } from './clients.ts';
import { deliverStream, fakeTheNetwork } from './fake-socket.ts';
import type { Measured, Run } from './run-plan.ts';

/** The first events warm the compiler up; a client that runs for weeks is judged by the rest. */
const warmUpShare = 0.25;
/** After the last byte was handed over; a client that has lost events would be waited for without end. */
const patienceMs = 600;

const run = JSON.parse(process.argv[2] ?? '') as Run;
const sentByServer = new Promise<void>((resolve) => {
  process.on('message', (message) => {
    if (message === 'sent') resolve();
  });
});

process.send?.(await (clients[run.client]?.role === 'limit' ? readAlone(run) : measure(run)));
process.disconnect();
process.exit(0);

async function measure({
  client,
  transport,
  file,
  bytes,
  chunk,
  events,
  expected,
  port,
}: Run): Promise<Measured> {
  const warmUp = Math.max(1, Math.round(expected * warmUpShare));
  const progress = { delivered: 0, first: 0, last: 0, cpuAtFirst: 0 };
  const onEvent = (): void => {
    progress.delivered += 1;
    // Reading the clock for each event would cost more than framing one.
    if (progress.delivered === warmUp) {
      progress.first = performance.now();
      progress.cpuAtFirst = cpuNow();
    }
    if (progress.delivered === expected || (progress.delivered & 63) === 0) progress.last = performance.now();
  };
  const stream = transport === 'memory' ? readFileSync(file).subarray(0, bytes) : undefined;
  if (stream !== undefined) fakeTheNetwork();
  await clients[client]?.connect(port, onEvent);
  await sleep(50);
  if (stream === undefined) {
    process.send?.('ready');
    await sentByServer;
  } else {
    await deliverStream(stream, chunk);
  }
  let seen = -1;
  let quietSince = performance.now();
  while (progress.delivered < expected && performance.now() - quietSince < patienceMs) {
    if (progress.delivered !== seen) quietSince = performance.now();
    seen = progress.delivered;
    await sleep(5);
  }
  // Waiting costs no processor time, so the moment matters little.
  const cpu = cpuNow() - progress.cpuAtFirst;
  const { delivered, first, last } = progress;
  return { delivered, eventsPerSecond: rate(events, last - first), eventsPerCpuSecond: rate(events, cpu) };
}

/**
 * The limit: the bytes are read and nothing is done with them; by 'data' events, as programs do, or into one
 * buffer again and again, the quickest that Node can.
 */
async function readAlone({ client, port, bytes, events, expected }: Run): Promise<Measured> {
  let got = 0;
  let first = 0;
  let cpuAtFirst = 0;
  let ready = false;
  const took = await new Promise<{ wall: number; cpu: number }>((resolve) => {
    const callback = (length: number): boolean => {
      if (!ready) return true;
      got += length;
      if (first === 0 && got >= bytes * warmUpShare) {
        first = performance.now();
        cpuAtFirst = cpuNow();
      }
      if (got >= bytes) resolve({ wall: performance.now() - first, cpu: cpuNow() - cpuAtFirst });
      return true;
    };
    const address = { host: '127.0.0.1', port };
    const onread = { buffer: Buffer.alloc(262_144), callback };
    const socket = client.endsWith('one buffer')
      ? createConnection({ ...address, onread })
      : createConnection(address).on('data', (chunk) => callback(chunk.length));
    socket.write('Action: Login\r\nUsername: bench\r\nSecret: bench\r\nEvents: on\r\n\r\n');
    setTimeout(() => {
      ready = true;
      process.send?.('ready');
    }, 100);
  });
  const { wall, cpu } = took;
  return { delivered: expected, eventsPerSecond: rate(events, wall), eventsPerCpuSecond: rate(events, cpu) };
}

/** Milliseconds that this thread spent on a processor, in the program and in the system for it. */
function cpuNow(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function rate(events: number, milliseconds: number): number {
  return (events * (1 - warmUpShare) * 1000) / milliseconds;
}
