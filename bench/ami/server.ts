/**
 * The other side of the TCP runs, in a process of its own so that the client alone is measured. Parent's
 * messages: `{ stream, chunk, events }` sends that many events to the connection that last logged in for events, as
 * fast as it is read; the answer is 'sent'.
 */
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { answerAction, banner } from './answer-action.ts';
import { generatedStream, recordedStream } from './streams.ts';

const count = Number(process.argv[2]);
const streams = { generated: generatedStream(count), recorded: recordedStream(count) };
let listener: Socket | undefined;

const server = createServer((socket) => {
  let text = '';
  socket.setNoDelay(true);
  socket.write(banner);
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    const actions = text.split('\r\n\r\n');
    text = actions.pop() ?? '';
    for (const action of actions) {
      const answered = answerAction(action);
      socket.write(answered.text);
      if (answered.listens) listener = socket;
    }
  });
});

server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));

interface Order {
  stream: keyof typeof streams;
  chunk: number;
  events: number;
}

process.on('message', ({ stream, chunk, events }: Order) => {
  const socket = listener;
  if (socket === undefined) throw new Error('nobody is logged in');
  const { bytes: all, ends } = streams[stream];
  const bytes = ends[events - 1] ?? 0;
  let at = 0;
  const send = (): void => {
    while (at < bytes) {
      const end = Math.min(at + chunk, bytes);
      const room = socket.write(all.subarray(at, end));
      at = end;
      if (!room) {
        socket.once('drain', send);
        return;
      }
    }
    process.send?.('sent');
  };
  send();
});
