import { expect, test } from 'vitest';
import { browserTransport } from '#browser/browser-transport.ts';

/** The browser's WebSocket, as far as it is used. */
class Socket extends EventTarget {
  sent: string[] = [];
  closed = false;
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {
    this.closed = true;
    this.tell('close');
  }
  tell(name: string): void {
    this.dispatchEvent(new Event(name));
  }
  say(data: unknown): void {
    this.dispatchEvent(new MessageEvent('message', { data }));
  }
}

const url = 'wss://relay.example/stage?ticket=secret';

function transport() {
  const sockets: Socket[] = [];
  const { connect } = browserTransport(() => {
    const socket = new Socket();
    sockets.push(socket);
    return socket as never;
  });
  const heard: string[] = [];
  const listener = { message: (text: string) => heard.push(text), closed: () => heard.push('(closed)') };
  const abort = new AbortController();
  return { sockets, heard, abort, connect: () => connect(url, listener, abort.signal) };
}

test('carries text both ways, and tells once that it is gone', async () => {
  const { sockets, heard, connect } = transport();
  const connecting = connect();
  sockets[0]!.tell('open');
  const connection = await connecting;
  sockets[0]!.say('hello');
  sockets[0]!.say(new Uint8Array(3));
  connection.send('back');
  sockets[0]!.tell('close');
  sockets[0]!.tell('close');
  sockets[0]!.say('late');
  connection.send('too late');
  expect(heard).toEqual(['hello', '(closed)']);
  expect(sockets[0]!.sent).toEqual(['back']);
});

test('does not tell of a close that was asked for', async () => {
  const { sockets, heard, connect } = transport();
  const connecting = connect();
  sockets[0]!.tell('open');
  (await connecting).close();
  expect(sockets[0]!.closed).toBe(true);
  expect(heard).toEqual([]);
});

test('takes the first failure for good and a later one not; never names the ticket', async () => {
  const { sockets, connect } = transport();
  const first = connect();
  sockets[0]!.tell('close');
  await expect(first).rejects.toMatchObject({ code: 'CONSOLE_UNREACHABLE', retryable: false });
  await expect(first).rejects.toThrow(/^relay\.example is out of reach/);
  const second = connect();
  sockets[1]!.tell('open');
  await second;
  const third = connect();
  sockets[2]!.tell('close');
  await expect(third).rejects.toMatchObject({ retryable: true });
});

test('gives up an attempt that is called off', async () => {
  const { sockets, abort, connect } = transport();
  const connecting = connect();
  abort.abort();
  await expect(connecting).rejects.toThrow();
  expect(sockets[0]!.closed).toBe(true);
  sockets[0]!.tell('open');
});
