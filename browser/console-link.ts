/*
 * The browser's side of a console session: connects, connects again after a lost connection with the ticket that
 * the relay gave, and goes on where it was. No output is lost, none is shown twice; what is typed meanwhile waits.
 */
import { decodeFrame, encodeFrame } from '#core/console/frame-codec.ts';
import type { ConsoleEndCode, ConsoleFrame } from '#core/console/frames.ts';
import { consoleLimits } from '#core/console/limits.ts';
import { connectionNeeds, reconnectDelayMs } from './connection-health.ts';
import { createShownOutput } from './shown-output.ts';
import type { Connect, Socket } from './socket.ts';
import type { Timers } from './timers.ts';
import { createTypedInput } from './typed-input.ts';

/**
 * waiting: the relay has us, the PBX is not there yet (or, `again`, not there any more). unreachable is ours: the
 * relay's codes come from those that were connected.
 */
export type LinkState =
  | { readonly name: 'connecting' | 'open' | 'reconnecting' }
  | { readonly name: 'waiting'; readonly again: boolean }
  | { readonly name: 'ended'; readonly code: ConsoleEndCode | 'unreachable'; readonly reason: string };

export interface TerminalSize {
  readonly cols: number;
  readonly rows: number;
}

export interface LinkOptions {
  /** With its one-time ticket. */
  readonly url: string;
  readonly connect: Connect;
  readonly timers: Timers;
  /** In [0, 1). */
  readonly random: () => number;
  readonly size: () => TerminalSize;
  /** Calls `taken` when the terminal has taken the bytes in. */
  readonly write: (bytes: Uint8Array, taken: () => void) => void;
  readonly notice: (text: string) => void;
  readonly changed: (state: LinkState) => void;
}

export interface ConsoleLink {
  readonly state: LinkState;
  /** False: more than can wait, nothing of it was taken. */
  type(bytes: Uint8Array): boolean;
  /** The terminal has another size. */
  resized(): void;
  /** The network is back: no need to sit out the pause. */
  retryNow(): void;
  close(reason: string): void;
}

const lookMs = 2000;

interface Connection {
  readonly socket: Socket;
  readonly startedAt: number;
  readonly replaceAt: number;
  ready: boolean;
  heardAt: number;
  pingedAt: number | undefined;
}

export function openConsoleLink(options: LinkOptions): ConsoleLink {
  const { timers } = options;
  let state: LinkState = { name: 'connecting' };
  let connection: Connection | undefined;
  let resumeTicket: string | undefined;
  let peerHere = false;
  let peerSeen = false;
  let awaySince: number | undefined;
  let failures = 0;
  let gapSince: number | undefined;
  let unansweredSince: number | undefined;
  let stopRetry: (() => void) | undefined;
  let stopLook: (() => void) | undefined;

  const input = createTypedInput((frame) => send(frame));
  const output = createShownOutput({
    write: options.write,
    timers,
    acknowledge: (n) => send({ v: 1, t: 'ack', n }),
  });

  function send(frame: ConsoleFrame): void {
    if (connection?.ready === true || frame.t === 'hello') connection?.socket.send(encodeFrame(frame));
  }

  function become(next: LinkState): void {
    if (state.name === 'ended') return;
    state = next;
    options.changed(next);
  }

  function connect(): void {
    stopRetry = undefined;
    const url = new URL(options.url);
    if (resumeTicket !== undefined) url.searchParams.set('ticket', resumeTicket);
    const now = timers.now();
    const current: Connection = {
      socket: options.connect(url.href, {
        opened: () => {
          if (connection === current) send({ v: 1, t: 'hello', received: output.received, ...options.size() });
        },
        message: (text) => {
          if (connection === current) take(text, current);
        },
        closed: () => {
          if (connection === current) lost();
        },
      }),
      startedAt: now,
      replaceAt: now + consoleLimits.connectionMs * (0.95 + 0.05 * options.random()),
      ready: false,
      heardAt: now,
      pingedAt: undefined,
    };
    connection = current;
  }

  function take(text: string, current: Connection): void {
    current.heardAt = timers.now();
    current.pingedAt = undefined;
    try {
      const frame = decodeFrame(text);
      handle(frame, current);
    } catch {
      finish('protocol', 'The relay sent what this console does not understand.', true);
    }
  }

  function handle(frame: ConsoleFrame, current: Connection): void {
    switch (frame.t) {
      case 'ready':
        current.ready = true;
        resumeTicket = frame.resume;
        failures = 0;
        awaySince = undefined;
        if (!frame.peer) become({ name: 'waiting', again: peerSeen });
        return;
      case 'peer':
        return frame.here ? peerCame(frame.received ?? 0) : peerWent();
      case 'out':
        output.accept(frame);
        gapSince = output.waiting === 0 ? undefined : (gapSince ?? timers.now());
        return;
      case 'ack':
        input.acknowledge(frame.n);
        unansweredSince = input.kept === 0 ? undefined : timers.now();
        return;
      case 'notice':
        return options.notice(frame.text);
      case 'ping':
        return send({ v: 1, t: 'pong' });
      case 'pong':
        return;
      case 'end':
        return finish(frame.code, frame.reason, false);
      case 'hello':
      case 'in':
      case 'size':
        throw new Error(`${frame.t} is no frame for a browser`);
    }
  }

  function peerCame(received: number): void {
    peerHere = true;
    peerSeen = true;
    become({ name: 'open' });
    send({ v: 1, t: 'size', ...options.size() });
    input.resume(received);
    if (input.kept > 0) unansweredSince = timers.now();
  }

  function peerWent(): void {
    peerHere = false;
    input.pause();
    unansweredSince = undefined;
    become({ name: 'waiting', again: peerSeen });
  }

  /** The connection is gone, or no longer of use. */
  function lost(): void {
    connection?.socket.close();
    connection = undefined;
    peerHere = false;
    input.pause();
    gapSince = undefined;
    unansweredSince = undefined;
    if (resumeTicket === undefined) {
      return finish('unreachable', 'No connection came about, or its one-time ticket was refused.', false);
    }
    const now = timers.now();
    awaySince ??= now;
    if (now - awaySince > consoleLimits.graceMs) {
      return finish('peer-lost', 'The connection could not be made again in time.', false);
    }
    become({ name: 'reconnecting' });
    stopRetry = timers.after(reconnectDelayMs(failures, options.random()), connect);
    failures += 1;
  }

  function look(): void {
    stopLook = timers.after(lookMs, look);
    if (connection === undefined) return;
    const needs = connectionNeeds({ ...connection, gapSince, unansweredSince }, timers.now());
    if (needs === 'new connection') lost();
    if (needs === 'ping') {
      connection.pingedAt = timers.now();
      send({ v: 1, t: 'ping' });
    }
  }

  function finish(code: ConsoleEndCode | 'unreachable', reason: string, tell: boolean): void {
    if (tell && code !== 'unreachable') send({ v: 1, t: 'end', code, reason });
    connection?.socket.close();
    connection = undefined;
    input.pause();
    output.stop();
    stopRetry?.();
    stopLook?.();
    become({ name: 'ended', code, reason });
  }

  connect();
  stopLook = timers.after(lookMs, look);
  return {
    get state() {
      return state;
    },
    type(bytes) {
      if (state.name === 'ended') return true;
      const taken = input.type(bytes);
      if (input.kept > 0 && peerHere) unansweredSince ??= timers.now();
      return taken;
    },
    resized() {
      if (peerHere) send({ v: 1, t: 'size', ...options.size() });
    },
    retryNow() {
      if (stopRetry === undefined) return;
      stopRetry();
      connect();
    },
    close(reason) {
      if (state.name !== 'ended') finish('closed', reason, true);
    },
  };
}
