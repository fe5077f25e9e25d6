/*
 * A program on a pseudo-terminal.
 *
 * - While reading is paused the program stands still as soon as the kernel's buffer (some KB) is full.
 * - Output ends before the exit is told, however long reading was paused: node-pty's own JavaScript throws away what
 *   was not read 200 ms after the exit, so only its native part is used here.
 */
import { createRequire } from 'node:module';
import { ReadStream } from 'node:tty';
import { messageOf, OdoopbxError } from '#core/errors/odoopbx-error.ts';

export interface PtyOptions {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly cols: number;
  readonly rows: number;
  data(this: void, bytes: Uint8Array): void;
  /** All output was given out. `code` is null where a signal ended it, or where it goes on in the background. */
  exit(this: void, code: number | null): void;
}

export interface Pty {
  readonly pid: number;
  /** False: what was written waits in this process, as the program does not read. */
  write(bytes: Uint8Array): boolean;
  /** Bytes that wait so. */
  readonly unread: number;
  resize(cols: number, rows: number): void;
  pause(): void;
  resume(): void;
  /** Hangs up as a closed terminal does; who does not go is killed after `graceMs`. */
  hangUp(graceMs: number): void;
}

interface Binding {
  fork(
    file: string,
    args: readonly string[],
    env: readonly string[],
    cwd: string,
    cols: number,
    rows: number,
    uid: number,
    gid: number,
    utf8: boolean,
    helper: string,
    exit: (code: number, signal: number) => void,
  ): { fd: number; pid: number };
  resize(fd: number, cols: number, rows: number): void;
}

/** How long a program's heirs may go on writing after its exit. */
const heirsMs = 1000;

/** Throws CONSOLE_FAILED. A program that is not there exits with 1 and says so on its terminal. */
export function openPty(options: PtyOptions): Pty {
  const [file, ...args] = options.argv;
  const binding = loadBinding();
  const env = Object.entries(options.env).map(([name, value]) => `${name}=${value}`);
  let exitCode: number | null = null;
  let exited = false;
  let ended = false;
  let over = false;

  function finish(): void {
    if (over || !exited || !ended) return;
    over = true;
    options.exit(exitCode);
  }

  const { fd, pid } = binding.fork(
    file ?? '',
    args,
    env,
    options.cwd,
    options.cols,
    options.rows,
    -1,
    -1,
    true,
    '',
    (code, signal) => {
      exited = true;
      exitCode = signal === 0 ? code : null;
      watchHeirs();
      finish();
    },
  );
  const stream = new ReadStream(fd);
  /** What it left in the background may hold the terminal open for ever. */
  function watchHeirs(): void {
    let quiet = stream.bytesRead;
    const timer = setInterval(() => {
      if (ended) return clearInterval(timer);
      if (stream.isPaused() || stream.bytesRead !== quiet) {
        quiet = stream.bytesRead;
        return undefined;
      }
      clearInterval(timer);
      stream.destroy();
      return undefined;
    }, heirsMs);
  }
  stream.on('data', (bytes: Buffer) => options.data(bytes));
  // EIO is how Linux says that nobody holds the other end any more.
  stream.on('error', () => stream.destroy());
  stream.on('close', () => {
    ended = true;
    finish();
  });

  function signalGroup(signal: NodeJS.Signals): void {
    try {
      process.kill(-pid, signal);
    } catch {
      // Gone already.
    }
  }

  return {
    pid,
    write: (bytes) => ended || stream.write(bytes),
    get unread() {
      return ended ? 0 : stream.writableLength;
    },
    resize(cols, rows) {
      if (!ended) binding.resize(fd, cols, rows);
    },
    pause: () => void stream.pause(),
    resume: () => void stream.resume(),
    hangUp(graceMs) {
      if (over) return;
      signalGroup('SIGHUP');
      stream.resume();
      setTimeout(() => {
        if (!exited) signalGroup('SIGKILL');
        stream.destroy();
      }, graceMs).unref();
    },
  };
}

let loaded: Binding | undefined;

function loadBinding(): Binding {
  const load = createRequire(import.meta.url);
  try {
    loaded ??= load(`@lydell/node-pty-linux-${process.arch}/pty.node`) as Binding;
    return loaded;
  } catch (error) {
    const text = `this system (${process.platform}, ${process.arch}) has no pseudo-terminals for the console: ${messageOf(error)}`;
    throw new OdoopbxError('CONSOLE_FAILED', text, { cause: error });
  }
}
