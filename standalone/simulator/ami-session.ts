import { createHash, randomInt } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import { ActionReader, type ReadAction } from './action-reader.ts';
import { findAction } from './actions/registry.ts';
import type { ActionReply, Session } from './actions/action.ts';
import { eventClasses, parseClasses, type EventClass } from './event-classes.ts';
import { passes, type EventFilter } from './event-filter.ts';
import { encodeMessage, type Headers } from './headers.ts';
import type { PbxEvent, SimulatedPbx } from './pbx.ts';
import { amiVersion } from './settings.ts';

/** A reader that lets this much pile up is cut off, as Asterisk's `writetimeout` does. */
const maxBacklogBytes = 8 * 1024 * 1024;

/**
 * One AMI session. Actions run one after the other; events that happen while one runs are held until it is
 * done, as in Asterisk: a synchronous Originate stalls everything behind it.
 */
export class AmiSession implements Session {
  readonly pbx: SimulatedPbx;
  readonly filters: EventFilter[] = [];
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #reader = new ActionReader();
  readonly #unlisten: () => void;
  #queue: Promise<void> = Promise.resolve();
  #running = 0;
  #held: PbxEvent[] = [];
  #username: string | undefined;
  #read: ReadonlySet<EventClass> = new Set();
  #write: ReadonlySet<EventClass> = new Set();
  #mask: ReadonlySet<EventClass> = new Set(eventClasses);
  #challenge: string | undefined;

  constructor(pbx: SimulatedPbx, socket: Socket, clock: Clock, logger: Logger) {
    this.pbx = pbx;
    this.#socket = socket;
    this.#clock = clock;
    this.#logger = logger;
    this.#unlisten = pbx.listen((event) => this.#hear(event));
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      for (const action of this.#reader.push(chunk)) this.#enqueue(action);
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#unlisten());
    this.#put(`Asterisk Call Manager/${amiVersion}\r\n`);
  }

  close(): void {
    this.#unlisten();
    this.#socket.destroy();
  }

  /** Ends the session once everything that was written has gone out. */
  end(): void {
    this.#unlisten();
    this.#socket.end();
  }

  send(headers: Headers): void {
    this.#put(encodeMessage(headers));
  }

  newChallenge(): string {
    this.#challenge = String(randomInt(100_000_000, 1_000_000_000));
    return this.#challenge;
  }

  /** True when the secret, or the MD5 of the challenge and the secret (lowercase hex), is right. */
  async login(username: string, secret: string, key: string): Promise<boolean> {
    const user = this.pbx.settings.users.find((candidate) => candidate.username === username);
    const challenge = this.#challenge;
    const right =
      user !== undefined &&
      (key === ''
        ? user.secret === secret
        : challenge !== undefined &&
          key ===
            createHash('md5')
              .update(challenge + user.secret)
              .digest('hex'));
    if (!right) {
      await this.#clock.sleep(this.pbx.settings.loginPenaltyMs);
      return false;
    }
    this.#username = username;
    this.#read = parseClasses(user.read);
    this.#write = parseClasses(user.write);
    this.#logger.debug('AMI login', { username });
    return true;
  }

  setMask(mask: ReadonlySet<EventClass>): void {
    this.#mask = mask;
  }

  hears(privilege: EventClass): boolean {
    return this.#username !== undefined && this.#read.has(privilege) && this.#mask.has(privilege);
  }

  #put(text: string): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    this.#socket.write(text);
    if (this.#socket.writableLength > maxBacklogBytes) this.#socket.destroy();
  }

  #hear(event: PbxEvent): void {
    if (!this.hears(event.privilege) || !passes(this.filters, event)) return;
    if (this.#running > 0) this.#held.push(event);
    else this.#put(event.text);
  }

  #enqueue(action: ReadAction): void {
    this.#queue = this.#queue.then(() => this.#run(action));
  }

  async #run({ request, fault }: ReadAction): Promise<void> {
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    const id: Headers = request.actionId === '' ? [] : [['ActionID', request.actionId]];
    const reply: ActionReply = {
      success: (headers) => this.send([['Response', 'Success'], ...id, ...headers]),
      error: (message) => this.send([['Response', 'Error'], ...id, ['Message', message]]),
      with: (response, headers) => this.send([['Response', response], ...id, ...headers]),
      event: (name, headers) => this.send([['Event', name], ...id, ...headers]),
    };
    this.#running += 1;
    try {
      await this.#dispatch(request, reply, fault);
    } finally {
      this.#running -= 1;
      const held = this.#held;
      this.#held = [];
      for (const event of held) this.#put(event.text);
    }
  }

  async #dispatch(request: ReadAction['request'], reply: ActionReply, fault?: string): Promise<void> {
    if (fault !== undefined) return reply.error(fault);
    const name = request.get('Action');
    if (name === '') return reply.error('Missing action in request');
    const action = findAction(name);
    if (this.#username === undefined && !action?.beforeLogin) return reply.error('Permission denied');
    if (!action) {
      const hint = 'Use Action: ListCommands to show available commands.';
      return reply.error(`Invalid/unknown command: ${name}. ${hint}`);
    }
    const allowed = action.classes.length === 0 || action.classes.some((needed) => this.#write.has(needed));
    if (!allowed) return reply.error('Permission denied');
    await action.run({ pbx: this.pbx, session: this, request, reply });
  }
}
