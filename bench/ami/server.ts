/**
 * The other side of the TCP runs, in a process of its own so that the client alone is measured. Arguments: the
 * files of the streams. Parent's messages: `{ file, chunk, bytes }` sends that prefix to the connection that last
 * logged in for events, as fast as it is read; the answer is 'sent'.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { answerAction, banner } from './answer-action.ts';

const streams = new Map(process.argv.slice(2).map((file) => [file, readFileSync(file)]));
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
  file: string;
  chunk: number;
  bytes: number;
}

process.on('message', ({ file, chunk, bytes }: Order) => {
  const socket = listener;
  const stream = streams.get(file);
  if (socket === undefined || stream === undefined) throw new Error('nobody is logged in, or no such stream');
  let at = 0;
  const send = (): void => {
    while (at < bytes) {
      const end = Math.min(at + chunk, bytes);
      const room = socket.write(stream.subarray(at, end));
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
