import { connect } from 'node:net';

export type Message = Readonly<Record<string, string>>;

export interface SimulatorLink {
  /** Sends an action; gives its answer up to the event that ends the list. */
  ask(action: Record<string, string>, last: string): Promise<Message[]>;
}

/** The simulated PBX's AMI as its own CLI uses it: no more than the simulator speaks. */
export function openLink(
  port: number,
  secret: string,
  heard: { event(message: Message): void; closed(): void },
): SimulatorLink {
  const socket = connect({ port, host: '127.0.0.1' });
  const pending = new Map<string, { messages: Message[]; last: string; done: (all: Message[]) => void }>();
  let buffer = '';
  let ids = 0;

  function send(action: Record<string, string>): void {
    const lines = Object.entries(action).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`${lines.join('')}\r\n`);
  }

  function take(message: Message): void {
    const waiting = pending.get(message['ActionID'] ?? '');
    if (!waiting) return heard.event(message);
    waiting.messages.push(message);
    if (message['Event'] !== waiting.last && message['Response'] !== 'Error') return undefined;
    pending.delete(message['ActionID'] ?? '');
    return waiting.done(waiting.messages);
  }

  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    buffer += chunk;
    const messages = buffer.split('\r\n\r\n');
    buffer = messages.pop() ?? '';
    for (const text of messages) take(parse(text));
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => heard.closed());
  send({ Action: 'Login', Username: 'console', Secret: secret, Events: 'call' });

  return {
    ask: (action, last) =>
      new Promise((done) => {
        ids += 1;
        const id = `cli-${ids}`;
        pending.set(id, { messages: [], last, done });
        send({ ...action, ActionID: id });
      }),
  };
}

function parse(text: string): Message {
  const pairs = text.split('\r\n').flatMap((line): [string, string][] => {
    const at = line.indexOf(': ');
    return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 2)]];
  });
  return Object.fromEntries(pairs);
}
