/** Sockets without a network: what a client writes is answered at once, chunks arrive exactly as they are cut. */
import net from 'node:net';
import { syncBuiltinESMExports } from 'node:module';
import { Duplex } from 'node:stream';
import { inherits } from 'node:util';
import { answerAction, banner } from './answer-action.ts';

interface OnRead {
  buffer: Uint8Array;
  callback: (length: number, buffer: Uint8Array) => boolean;
}

interface FakeSocketThis extends Duplex {
  onread?: OnRead;
  received: string;
  connect(...args: unknown[]): FakeSocketThis;
}

let listener: FakeSocketThis | undefined;

/** A function, not a class: one of the peers inherits from net.Socket the old way, by calling it. */
const FakeSocket = function (this: FakeSocketThis, options?: { onread?: OnRead }): void {
  (Duplex as unknown as (this: Duplex) => void).call(this);
  if (options?.onread !== undefined) this.onread = options.onread;
  this.received = '';
} as unknown as { new (options?: object): FakeSocketThis; prototype: FakeSocketThis };
inherits(FakeSocket, Duplex);

const noop = function (this: FakeSocketThis): FakeSocketThis {
  return this;
};

Object.assign(FakeSocket.prototype, {
  setNoDelay: noop,
  setKeepAlive: noop,
  setTimeout: noop,
  ref: noop,
  unref: noop,
  _read() {},
  connect(this: FakeSocketThis, ...args: unknown[]) {
    const callback = args.find((arg) => typeof arg === 'function') as (() => void) | undefined;
    if (callback !== undefined) this.once('connect', callback);
    setImmediate(() => {
      this.emit('connect');
      deliver(this, Buffer.from(banner));
    });
    return this;
  },
  _write(this: FakeSocketThis, chunk: Buffer, _: string, done: () => void) {
    this.received += chunk.toString('latin1');
    const actions = this.received.split('\r\n\r\n');
    this.received = actions.pop() ?? '';
    for (const action of actions) {
      const answered = answerAction(action);
      if (answered.listens) listenBy(this);
      setImmediate(() => deliver(this, Buffer.from(answered.text)));
    }
    done();
  },
});

function listenBy(socket: FakeSocketThis): void {
  listener = socket;
}

/** As the system does: into the reader's own buffer where it gave one, else a 'data' event. */
function deliver(socket: FakeSocketThis, chunk: Buffer): void {
  const { onread } = socket;
  if (onread === undefined) {
    socket.push(chunk);
    return;
  }
  for (let at = 0; at < chunk.length; at += onread.buffer.length) {
    const length = Math.min(onread.buffer.length, chunk.length - at);
    chunk.copy(onread.buffer, 0, at, at + length);
    onread.callback(length, onread.buffer);
  }
}

/** From here on node:net makes fake sockets. To be called before any client is loaded. */
export function fakeTheNetwork(): void {
  const create = (...args: unknown[]): FakeSocketThis => {
    const options = typeof args[0] === 'object' && args[0] !== null ? args[0] : {};
    return new FakeSocket(options).connect(...args);
  };
  Object.assign(net, { Socket: FakeSocket, createConnection: create, connect: create });
  syncBuiltinESMExports();
}

/** Delivers the stream to the connection that logged in for events; a turn of the event loop per 64 KB. */
export async function deliverStream(bytes: Buffer, chunk: number): Promise<void> {
  const socket = listener;
  if (socket === undefined) throw new Error('nobody is logged in');
  let sinceTurn = 0;
  for (let at = 0; at < bytes.length; at += chunk) {
    deliver(socket, bytes.subarray(at, at + chunk));
    sinceTurn += chunk;
    if (sinceTurn >= 65_536) {
      sinceTurn = 0;
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
  }
}
