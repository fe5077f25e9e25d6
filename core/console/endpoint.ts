/*
 * One side of a console session: the browser's terminal or the agent's pseudo-terminal.
 *
 * - It lives longer than its connections: one that is lost, stalls or grows too old is followed by another, with the
 *   ticket that the relay gave on the last; the transfer goes on where it was.
 * - It ends once, for one reason: an `end` from either side, a refused ticket, or too long an absence.
 */
import { messageOf, OdoopbxError } from '../errors/odoopbx-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { ConsoleConnection, ConsoleTransport } from '../ports/console-transport.ts';
import type { Random } from '../ports/random.ts';
import { decodeFrame, encodeFrame } from './frame-codec.ts';
import { isGatewayTrouble } from './gateway-trouble.ts';
import type { ConsoleEndCode, ConsoleFrame, ConsoleRole } from './frames.ts';
import { consoleLimits } from './limits.ts';
import { createTransfer } from './transfer.ts';

/** connecting: to the relay for the first time; waiting: for the other side; live; lost: connecting again. */
export type EndpointState = 'connecting' | 'waiting' | 'live' | 'lost';

export interface ConsoleEnd {
  readonly code: ConsoleEndCode;
  readonly reason: string;
}

export interface EndpointListener {
  data(bytes: Uint8Array): void;
  /** No bytes wait for the window any more. */
  drained?(): void;
  /** The browser's terminal has another size. */
  size?(cols: number, rows: number): void;
  notice?(text: string): void;
  state?(state: EndpointState): void;
  /** Once, and nothing after it. */
  over(end: ConsoleEnd): void;
}

export interface EndpointOptions {
  role: ConsoleRole;
  /** With the ticket in its query. */
  url: string;
  transport: ConsoleTransport;
  clock: Clock;
  random: Pick<Random, 'fraction'>;
  listener: EndpointListener;
  /** The browser's terminal. */
  size?: { cols: number; rows: number };
  limits?: Partial<EndpointLimits>;
}

export interface EndpointLimits {
  pingMs: number;
  pongMs: number;
  connectionMs: number;
  graceMs: number;
  /** A connection must be open and greeted within this time. */
  openMs: number;
  /** A frame that is missing, or frames that nobody acknowledges, for so long: the connection lost something. */
  missingMs: number;
  unansweredMs: number;
  /** How often all of this is looked at. */
  tickMs: number;
  firstRetryMs: number;
  maxRetryMs: number;
}

const { pingMs, pongMs, connectionMs, graceMs } = consoleLimits;
const defaultLimits: EndpointLimits = {
  pingMs,
  pongMs,
  connectionMs,
  graceMs,
  openMs: 15_000,
  missingMs: 10_000,
  unansweredMs: 90_000,
  tickMs: 2000,
  firstRetryMs: 500,
  maxRetryMs: 5000,
};

export interface ConsoleEndpoint {
  start(): void;
  /** Bytes for the other side; they wait where the window is full (`queued`). */
  write(bytes: Uint8Array): void;
  readonly queued: number;
  /** Whether the other side has acknowledged all that was written. */
  readonly settled: boolean;
  /** The caller can not keep up with what comes: the other side is to stop when its window is full. */
  hold(on: boolean): void;
  /** From the browser. */
  resize(cols: number, rows: number): void;
  /** From the agent; not kept for a browser that is away. */
  notice(text: string): void;
  /** Ends the session for both sides. */
  end(code: ConsoleEndCode, reason: string): void;
  readonly state: EndpointState | 'over';
}

type Fate = 'lost' | 'renew' | 'refused';

export function createConsoleEndpoint(options: EndpointOptions): ConsoleEndpoint {
  const { role, transport, clock, random, listener } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const over = new AbortController();
  let { url, size } = options;
  let state: EndpointState | 'over' = 'connecting';
  let connection: ConsoleConnection | undefined;
  let greeted = false;
  let aloneSince = clock.now();

  const send = (frame: ConsoleFrame): void => connection?.send(encodeFrame(frame));
  const transfer = createTransfer({
    role,
    clock,
    send,
    data: (bytes) => listener.data(bytes),
    drained: () => listener.drained?.(),
  });

  function become(next: EndpointState): void {
    if (state === next || state === 'over') return;
    if (state === 'live') aloneSince = clock.now();
    state = next;
    if (next !== 'live') transfer.pause();
    listener.state?.(next);
  }

  function finish(end: ConsoleEnd): void {
    if (state === 'over') return;
    state = 'over';
    transfer.pause();
    over.abort();
    connection?.close();
    listener.over(end);
  }

  function takeFrame(frame: ConsoleFrame): void {
    switch (frame.t) {
      case 'ready':
        url = withTicket(url, frame.resume);
        greeted = true;
        become('waiting');
        return;
      case 'peer':
        if (!frame.here) return become('waiting');
        become('live');
        transfer.resume(frame.received ?? 0);
        if (size && role === 'browser') send({ v: 1, t: 'size', ...size });
        return;
      case 'in':
      case 'out':
      case 'ack':
        // It overtook the word that its sender is there.
        if (state === 'waiting') {
          become('live');
          transfer.resume(0);
        }
        return transfer.take(frame);
      case 'size':
        return listener.size?.(frame.cols, frame.rows);
      case 'notice':
        return listener.notice?.(frame.text);
      case 'ping':
        return send({ v: 1, t: 'pong' });
      case 'end':
        return finish({ code: frame.code, reason: frame.reason });
      case 'pong':
      case 'hello':
    }
  }

  function endByProtocol(error: unknown): void {
    const reason = messageOf(error).slice(0, consoleLimits.reasonLength);
    send({ v: 1, t: 'end', code: 'protocol', reason });
    finish({ code: 'protocol', reason });
  }

  /** One connection, from the first byte to the last. */
  async function hold(): Promise<Fate> {
    const gone = new AbortController();
    const signal = AbortSignal.any([over.signal, gone.signal]);
    let fate: Fate = 'lost';
    let heardAt = clock.now();
    const give = (up: Fate): void => {
      fate = up;
      gone.abort();
    };
    greeted = false;
    void clock.sleep(limits.openMs, signal).then(() => (greeted ? undefined : give('lost')));
    try {
      connection = await transport.connect(
        url,
        {
          message(text) {
            if (signal.aborted) return;
            heardAt = clock.now();
            try {
              takeFrame(decodeFrame(text));
            } catch (error) {
              // A frame of ours was lost: the next connection brings it again.
              if (isGatewayTrouble(text)) give('lost');
              else endByProtocol(error);
            }
          },
          closed: () => give('lost'),
        },
        signal,
      );
    } catch (error) {
      const refused = error instanceof OdoopbxError && !error.retryable && !signal.aborted;
      gone.abort();
      return refused ? 'refused' : 'lost';
    }
    send({ v: 1, t: 'hello', received: transfer.received, ...size });
    await watch(() => heardAt, give, signal);
    connection?.close();
    connection = undefined;
    return fate;
  }

  /** Looks after a connection until it is gone. */
  async function watch(
    heardAt: () => number,
    give: (fate: Fate) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const openedAt = clock.now();
    // Jitter: a fleet's consoles do not all come anew at once.
    const renewMs = limits.connectionMs * (1 - random.fraction() / 20);
    let askedAt: number | null = null;
    let silentSince = heardAt();
    for (; !signal.aborted; await clock.sleep(limits.tickMs, signal)) {
      const now = clock.now();
      const isOver = (since: number | null, ms: number): boolean => since !== null && now - since >= ms;
      if (heardAt() !== silentSince) askedAt = null;
      if (isOver(askedAt, limits.pongMs) || isOver(transfer.missingSince, limits.missingMs))
        return give('lost');
      if (isOver(transfer.unansweredSince, limits.unansweredMs)) return give('lost');
      if (isOver(openedAt, renewMs)) return give('renew');
      if (state !== 'live' && isOver(aloneSince, limits.graceMs * 1.25)) {
        return finish({ code: 'peer-lost', reason: 'The other side did not come.' });
      }
      if (askedAt === null && isOver(heardAt(), limits.pingMs)) {
        askedAt = now;
        silentSince = heardAt();
        send({ v: 1, t: 'ping' });
      }
    }
  }

  async function run(): Promise<void> {
    let failures = 0;
    let lostAt = clock.now();
    while (!over.signal.aborted) {
      const fate = await hold();
      if (over.signal.aborted) return;
      if (fate === 'refused') {
        const again = state !== 'connecting';
        const reason = again ? 'The session is not there any more.' : 'The ticket is used or too old.';
        return finish({ code: again ? 'peer-lost' : 'expired', reason });
      }
      if (greeted) {
        lostAt = clock.now();
        failures = 0;
      }
      if (state !== 'connecting') become('lost');
      if (fate === 'renew') continue;
      if (clock.now() - lostAt >= limits.graceMs) {
        return finish({ code: 'peer-lost', reason: 'The relay could not be reached.' });
      }
      const ceiling = Math.min(limits.maxRetryMs, limits.firstRetryMs * 2 ** Math.min(failures, 10));
      failures += 1;
      await clock.sleep(ceiling / 2 + (random.fraction() * ceiling) / 2, over.signal);
    }
  }

  return {
    start: () => void run(),
    write(bytes) {
      if (state !== 'over') transfer.write(bytes);
    },
    hold: (on) => transfer.hold(on),
    resize(cols, rows) {
      size = { cols, rows };
      if (state === 'live') send({ v: 1, t: 'size', cols, rows });
    },
    notice(text) {
      if (state === 'live') send({ v: 1, t: 'notice', text: text.slice(0, consoleLimits.noticeLength) });
    },
    end(code, reason) {
      const end = { code, reason: reason.slice(0, consoleLimits.reasonLength) };
      if (state !== 'over') send({ v: 1, t: 'end', ...end });
      finish(end);
    },
    get queued() {
      return transfer.queued;
    },
    get settled() {
      return transfer.settled;
    },
    get state() {
      return state;
    },
  };
}

function withTicket(url: string, ticket: string): string {
  const next = new URL(url);
  next.searchParams.set('ticket', ticket);
  return next.href;
}
