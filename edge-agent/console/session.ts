/*
 * One console session on the PBX: the program on its pseudo-terminal, and the agent's side of the session.
 *
 * - Memory is bounded: the program stands still while output waits for the window, and a session whose program does
 *   not read what is typed ends.
 * - Neither outlives the other: the program's exit ends the session (after its last output was acknowledged), the
 *   session's end hangs up on the program.
 */
import { type ConsoleEnd, createConsoleEndpoint } from '#core/console/endpoint.ts';
import type { ConsoleEndCode } from '#core/console/frames.ts';
import { consoleLimits } from '#core/console/limits.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { ConsoleRequest } from '#core/ports/console-control.ts';
import type { ConsoleTransport } from '#core/ports/console-transport.ts';
import type { Random } from '#core/ports/random.ts';
import { createOutputGate } from './output-gate.ts';
import type { Pty, PtyOptions } from './pty.ts';
import { createShellWatch } from './shell-watch.ts';

export interface SessionOptions {
  request: ConsoleRequest;
  argv: readonly string[];
  env: Readonly<Record<string, string>>;
  shell: boolean;
  /** Nothing typed for so long ends it. */
  idleMs: number;
  transport: ConsoleTransport;
  openPty(this: void, options: PtyOptions): Pty;
  clock: Clock;
  random: Pick<Random, 'fraction'>;
  /** The relay has greeted. */
  greeted(this: void): void;
  closed(this: void, end: ConsoleEnd, bytes: { in: number; out: number }): void;
}

export interface RunningSession {
  end(code: ConsoleEndCode, reason: string): void;
}

/** Typed, and not read by the program. */
const maxUnreadBytes = 256 * 1024;
const hangUpGraceMs = 2000;
/** How long the last output may take to reach the browser. */
const lastOutputMs = 10_000;
const noShell =
  'The shell is off on this PBX (console.shell in its configuration), so ! starts nothing. Asterisk commands work.';

/** Throws CONSOLE_FAILED when there is no terminal to be had. */
export function startSession(options: SessionOptions): RunningSession {
  const { request, clock } = options;
  const bytes = { in: 0, out: 0 };
  const over = new AbortController();
  let typedAt = clock.now();
  let isPaused = false;

  const watchShell = createShellWatch(() => endpoint.notice(noShell));
  const endpoint = createConsoleEndpoint({
    role: 'agent',
    url: request.url,
    transport: options.transport,
    clock,
    random: options.random,
    listener: {
      data(typed) {
        typedAt = clock.now();
        bytes.in += typed.length;
        if (!options.shell) watchShell(typed);
        if (!pty.write(typed) && pty.unread > maxUnreadBytes) {
          endpoint.end('limit', 'The program does not read what is typed.');
        }
      },
      drained() {
        if (isPaused) pty.resume();
        isPaused = false;
      },
      size: (cols, rows) => pty.resize(cols, rows),
      state(state) {
        if (state === 'waiting') options.greeted();
      },
      over(end) {
        over.abort();
        pty.hangUp(hangUpGraceMs);
        options.closed(end, bytes);
      },
    },
  });
  const gate = createOutputGate(clock, consoleLimits.dataBytes, (output) => {
    endpoint.write(output);
    if (endpoint.queued === 0 || isPaused) return;
    isPaused = true;
    pty.pause();
  });
  const pty = options.openPty({
    argv: options.argv,
    env: options.env,
    cwd: '/',
    cols: request.cols,
    rows: request.rows,
    data(output) {
      bytes.out += output.length;
      gate.push(output);
    },
    exit(code) {
      gate.flush();
      void endAfterOutput(code);
    },
  });

  async function endAfterOutput(code: number | null): Promise<void> {
    const until = clock.now() + lastOutputMs;
    while (!over.signal.aborted && !endpoint.settled && clock.now() < until)
      await clock.sleep(50, over.signal);
    const how = code === null ? 'was ended' : `ended (${code})`;
    endpoint.end('exited', `The program on the PBX ${how}.`);
  }

  async function watchIdle(): Promise<void> {
    while (!over.signal.aborted) {
      const left = typedAt + options.idleMs - clock.now();
      if (left <= 0) {
        const minutes = Math.round(options.idleMs / 60_000);
        return endpoint.end('idle', `Nothing was typed for ${minutes} minutes.`);
      }
      await clock.sleep(left, over.signal);
    }
  }

  endpoint.start();
  void watchIdle();
  return { end: (code, reason) => endpoint.end(code, reason) };
}
