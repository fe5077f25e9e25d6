import { connect, type Socket } from 'node:net';
import { once } from 'node:events';

export type Message = Record<string, string> & { raw: string };

/** A plain AMI client for tests: sends text, splits what comes at blank lines, keeps everything. */
export class AmiConversation {
  readonly messages: Message[] = [];
  banner = '';
  closed = false;
  readonly #socket: Socket;
  #text = '';
  readonly #waiting = new Set<() => void>();

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#take(text));
    socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
    socket.on('error', () => {});
  }

  static async open(port: number): Promise<AmiConversation> {
    const socket = connect(port, '127.0.0.1');
    const conversation = new AmiConversation(socket);
    await once(socket, 'connect');
    return conversation;
  }

  send(headers: Record<string, string | string[]>): void {
    const lines = Object.entries(headers).flatMap(([name, value]) =>
      [value].flat().map((one) => `${name}: ${one}`),
    );
    this.sendRaw(`${lines.join('\r\n')}\r\n\r\n`);
  }

  sendRaw(text: string): void {
    this.#socket.write(text);
  }

  /** The first message, old or new, that fits. */
  async until(fits: (message: Message) => boolean, ms = 5000): Promise<Message> {
    const limit = Date.now() + ms;
    for (;;) {
      const found = this.messages.find((message) => fits(message));
      if (found) return found;
      if (this.closed) throw new Error('the session was closed');
      if (Date.now() > limit) throw new Error(`nothing that fits among ${this.messages.length} messages`);
      await this.#change(limit);
    }
  }

  async ask(headers: Record<string, string | string[]>): Promise<Message> {
    const id = `ask-${Math.random()}`;
    this.send({ ...headers, ActionID: id });
    return this.until(
      (message) => message['ActionID'] === id && 'Response' in message && !('Event' in message),
    );
  }

  async login(username: string, secret: string, events = 'on'): Promise<Message> {
    return this.ask({ Action: 'Login', Username: username, Secret: secret, Events: events });
  }

  async untilClosed(ms = 5000): Promise<void> {
    const limit = Date.now() + ms;
    while (!this.closed && Date.now() < limit) await this.#change(limit);
    if (!this.closed) throw new Error('still open');
  }

  events(name: string): Message[] {
    return this.messages.filter((message) => message['Event'] === name);
  }

  close(): void {
    this.#socket.destroy();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }

  async #change(limit: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, Math.max(1, limit - Date.now()));
      this.#waiting.add(wake);
    });
  }

  #take(text: string): void {
    this.#text += text;
    if (this.banner === '') {
      const end = this.#text.indexOf('\r\n');
      if (end < 0) return;
      this.banner = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 2);
    }
    const parts = this.#text.split('\r\n\r\n');
    this.#text = parts.pop() ?? '';
    for (const raw of parts) {
      const message: Message = { raw };
      for (const line of raw.split('\r\n')) {
        const colon = line.indexOf(':');
        message[line.slice(0, colon)] ??= line.slice(colon + 1).trimStart();
      }
      this.messages.push(message);
    }
    this.#wake();
  }
}
