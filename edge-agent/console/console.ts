/*
 * The console of this PBX: opens sessions, as many as allowed, and knows whether it may.
 *
 * Nothing is opened unless the PBX's own configuration enables it; without the shell, nothing unless Asterisk itself
 * holds the console's account back, which is asked at every opening.
 */
import type { ConsoleEnd } from '#core/console/endpoint.ts';
import { createConsoleEndpoint } from '#core/console/endpoint.ts';
import type { AmiEvent } from '#core/contracts/ami-event.ts';
import { messageOf, OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { ConsoleControl, ConsoleRequest, ConsoleStarted } from '#core/ports/console-control.ts';
import type { ConsoleTransport } from '#core/ports/console-transport.ts';
import type { CommandResult, RunOptions } from '#core/ports/host.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Random } from '#core/ports/random.ts';
import { createAudit } from './audit.ts';
import { findPermissionProblem } from './check-permissions.ts';
import { type Account, oneCommand, programEnvironment, programLine } from './program.ts';
import { openPty } from './pty.ts';
import { type RunningSession, startSession } from './session.ts';

export interface ConsoleSettings {
  readonly enabled: boolean;
  readonly shell: boolean;
  readonly command: readonly string[];
  readonly sessions: number;
  readonly idle: number;
  /**
   * The program gives no way to the system by itself (the simulated PBX's): it runs as this process, and nothing is
   * asked of Asterisk.
   */
  readonly harmless?: boolean;
}

export interface ConsoleOptions {
  settings: ConsoleSettings;
  isRoot: boolean;
  /** Of the account that the console runs as. */
  uid: number;
  /** Whom root becomes. */
  account: Account | undefined;
  run(this: void, program: string, args: readonly string[], how: RunOptions): Promise<CommandResult>;
  transport: ConsoleTransport;
  clock: Clock;
  random: Random;
  logger: Logger;
  emit(this: void, event: AmiEvent): void;
  /** The verdict of `problem` may have changed. */
  changed(this: void): void;
}

export interface Console extends ConsoleControl {
  /** Asks Asterisk anew, now and every few minutes. */
  start(): void;
  /** Asterisk may be there again, or another: asks it soon. */
  recheck(): void;
  /** Ends all sessions and waits until their ends are told. */
  stop(): Promise<void>;
  /** Whether this PBX's configuration enables it. */
  readonly enabled: boolean;
  /** Why no console can be opened; undefined: it can. */
  readonly problem: string | undefined;
}

const askMs = 10_000;
const recheckMs = 10 * 60_000;
/** After a failed check, Asterisk may just be starting. */
const retryMs = 15_000;
const greetMs = 20_000;

export function createConsole(options: ConsoleOptions): Console {
  const { settings, clock, logger } = options;
  const { enabled, shell, command } = settings;
  const sessions = new Map<string, RunningSession>();
  const stopped = new AbortController();
  const asksAsterisk = enabled && !shell && settings.harmless !== true;
  let wake = new AbortController();
  let problem = firstProblem();
  let loop = Promise.resolve();

  function firstProblem(): string | undefined {
    if (!enabled) return 'it is not enabled on this PBX';
    try {
      argvOf(command);
      if (asksAsterisk) oneCommand(command, '');
    } catch (error) {
      return messageOf(error);
    }
    return asksAsterisk ? 'Asterisk was not asked yet what it permits' : undefined;
  }

  function argvOf(words: readonly string[]): string[] {
    return settings.harmless ? [...words] : programLine({ ...options, command, shell }, words);
  }

  async function check(): Promise<string | undefined> {
    if (!asksAsterisk) return problem;
    const found = await findPermissionProblem(options.uid, (text) => {
      const [program = '', ...args] = argvOf(oneCommand(command, text));
      // Nothing of the agent's own: its secrets may be in its environment.
      const env = programEnvironment(options.isRoot ? options.account : undefined);
      return options.run(program, args, { timeoutMs: askMs, env });
    });
    if (found !== problem) {
      if (found !== undefined) logger.warn('the console can not be opened', { problem: found });
      problem = found;
      // It is looked at more often while it is not well.
      wake.abort();
      options.changed();
    }
    return found;
  }

  async function keepChecking(): Promise<void> {
    while (!stopped.signal.aborted) {
      await check();
      wake = new AbortController();
      const pauseMs = problem === undefined ? recheckMs : retryMs;
      await clock.sleep(pauseMs, AbortSignal.any([stopped.signal, wake.signal]));
    }
  }

  /** Throws CONSOLE_*. */
  async function checkMayOpen(): Promise<void> {
    if (!enabled) {
      throw new OdoopbxError('CONSOLE_DISABLED', 'The console is not enabled on this PBX (console.enabled).');
    }
    const found = await check();
    if (found !== undefined)
      throw new OdoopbxError('CONSOLE_UNSAFE', `The console is not safe to open: ${found}.`);
    // Last, as others may have been opened meanwhile.
    if (sessions.size >= settings.sessions) {
      const text = `${sessions.size} consoles are open on this PBX, which is the most that it allows.`;
      throw new OdoopbxError('CONSOLE_LIMIT', text, { retryable: true });
    }
  }

  /** So that the person in front of the browser learns it at once: once the browser is there, it can be told. */
  async function tellRefusal({ url }: ConsoleRequest, reason: string): Promise<void> {
    const done = Promise.withResolvers<void>();
    const endpoint = createConsoleEndpoint({
      role: 'agent',
      url,
      transport: options.transport,
      clock,
      random: options.random,
      limits: { graceMs: greetMs },
      listener: {
        data: () => {},
        state(state) {
          if (state === 'live') endpoint.end('refused', reason);
        },
        over: () => done.resolve(),
      },
    });
    endpoint.start();
    await Promise.race([done.promise, clock.sleep(greetMs, stopped.signal)]);
    endpoint.end('refused', reason);
  }

  function start(request: ConsoleRequest, signal: AbortSignal): Promise<void> {
    const { session } = request;
    const greeted = Promise.withResolvers<void>();
    const audit = createAudit({ ...options, request, shell });
    let isOpen = false;
    const running = startSession({
      request,
      shell,
      argv: argvOf(command),
      env: programEnvironment(options.isRoot ? options.account : undefined),
      idleMs: settings.idle,
      transport: options.transport,
      openPty,
      clock,
      random: options.random,
      greeted() {
        if (!isOpen) audit.opened();
        isOpen = true;
        greeted.resolve();
      },
      closed(end: ConsoleEnd, bytes) {
        sessions.delete(session);
        if (isOpen) audit.closed(end, bytes);
        greeted.reject(new OdoopbxError('CONSOLE_UNREACHABLE', `The console was not opened: ${end.reason}`));
      },
    });
    sessions.set(session, running);
    const giveUp = (): void => running.end('expired', 'The relay was not reached in time.');
    signal.addEventListener('abort', () => isOpen || giveUp(), { once: true });
    void clock.sleep(greetMs, signal).then(() => isOpen || giveUp());
    return greeted.promise;
  }

  return {
    start() {
      loop = asksAsterisk ? keepChecking() : loop;
    },
    recheck: () => wake.abort(),
    async open(request, signal): Promise<ConsoleStarted> {
      try {
        await checkMayOpen();
        await start(request, signal);
        return { session: request.session, started: true, shell };
      } catch (error) {
        createAudit({ ...options, request, shell }).refused(messageOf(error));
        void tellRefusal(request, messageOf(error));
        throw error;
      }
    },
    async stop() {
      for (const session of sessions.values()) session.end('shutdown', 'The agent on the PBX stops.');
      stopped.abort();
      await loop;
    },
    enabled,
    get problem() {
      return problem;
    },
  };
}
