/** One run of one client, in a process of its own: prints nothing, answers its parent with a Measured. */
import { createConnection } from 'node:net';
import type { Run, Measured } from './run-plan.ts';
import { clients } from './clients.ts';
import { deliverStream, fakeTheNetwork } from './fake-socket.ts';
import { generatedStream, recordedStream, wantedNames } from './streams.ts';

const run = JSON.parse(process.argv[2] ?? '') as Run;
const client = clients[run.client];
if (client === undefined) throw new Error(`no client ${run.client}`);

/** The first events warm the compiler up; a client that runs for weeks is judged by the rest. */
const warmUpShare = 0.25;

/** After the last byte was handed over; a client that has lost events would be waited for without end. */
const patienceMs = 600;

const sentByServer = new Promise<void>((resolve) => {
  process.on('message', (message) => {
    if (message === 'sent') resolve();
  });
});

process.send?.(client.role === 'limit' ? await readAlone(run) : await measure(run));
process.disconnect();
process.exit(0);

async function measure({ transport, stream, chunk, events, port }: Run): Promise<Measured> {
  const made = stream === 'generated' ? generatedStream(events) : recordedStream(events);
  const names = made.names.slice(0, events);
  const expected = client?.selective === true ? names.filter((name) => wantedNames.has(name)).length : events;
  if (transport === 'memory') fakeTheNetwork();
  const warmUp = Math.max(1, Math.round(expected * warmUpShare));
  let delivered = 0;
  let first = 0;
  let last = 0;
  const onEvent = (): void => {
    delivered += 1;
    // Reading the clock for each event would cost more than framing one.
    if (delivered === expected || (delivered & 63) === 0) last = performance.now();
    if (delivered === warmUp) first = performance.now();
  };
  await client?.connect(port, onEvent);
  await new Promise((resolve) => {
    setTimeout(resolve, 50);
  });
  if (transport === 'memory') {
    const bytes = made.bytes.subarray(0, made.ends[events - 1]);
    await deliverStream(bytes, chunk);
  } else {
    process.send?.('ready');
    await sentByServer;
  }
  for (let quietSince = performance.now(), seen = -1; delivered < expected;) {
    if (delivered !== seen) quietSince = performance.now();
    seen = delivered;
    if (performance.now() - quietSince > patienceMs) break;
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
  const seconds = (last - first) / 1000;
  return { expected, delivered, eventsPerSecond: (events * (1 - warmUpShare)) / seconds };
}

/** The limit: the bytes are read, by the same reused buffer, and nothing is done with them. */
async function readAlone({ port, events, stream }: Run): Promise<Measured> {
  const made = stream === 'generated' ? generatedStream(events) : recordedStream(events);
  const total = made.ends[events - 1] ?? 0;
  let got = 0;
  let first = 0;
  let started = false;
  const seconds = await new Promise<number>((resolve) => {
    const callback = (length: number): boolean => {
      if (!started) return true;
      got += length;
      if (first === 0 && got >= total * warmUpShare) first = performance.now();
      if (got >= total) resolve((performance.now() - first) / 1000);
      return true;
    };
    const socket = createConnection({
      host: '127.0.0.1',
      port,
      onread: { buffer: Buffer.alloc(65_536), callback },
    });
    socket.write('Action: Login\r\nUsername: bench\r\nSecret: bench\r\nEvents: on\r\n\r\n');
    setTimeout(() => {
      started = true;
      process.send?.('ready');
    }, 100);
  });
  return { expected: events, delivered: events, eventsPerSecond: (events * (1 - warmUpShare)) / seconds };
}
