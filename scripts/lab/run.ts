import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { text } from 'node:stream/consumers';

export interface RunOptions {
  /** Written to the command's standard input; without it there is none. */
  readonly input?: string;
  /** Everything printed is appended here too. */
  readonly logFile?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Answer with the exit code instead of throwing when it is not 0. */
  readonly allowFailure?: boolean;
  readonly signal?: AbortSignal;
  /** What error messages and the log call the command, where argv itself is unreadable. */
  readonly title?: string;
}

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class CommandFailed extends Error {
  override name = 'CommandFailed';
  readonly result: RunResult;

  constructor(title: string, result: RunResult, logFile: string | undefined) {
    const where = logFile === undefined ? '' : `\nThe whole output: ${logFile}`;
    super(`${title} ended with ${result.code}:\n${lastLines(result)}${where}`);
    this.result = result;
  }
}

/** Runs a command that dies with this process, however this process dies. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { title = argv.join(' ') } = options;
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...argv], {
    stdio: ['pipe', 'pipe', 'pipe'],
    killSignal: 'SIGKILL',
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    env: { ...process.env, ...options.env },
  });
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  if (options.logFile !== undefined) {
    const log = createWriteStream(options.logFile, { flags: 'a' });
    log.write(`\n$ ${title}\n`);
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    child.once('close', () => log.end());
  }
  const code = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exit, signal) => resolve(signal === null ? (exit ?? 1) : 128));
  });
  const [stdout, stderr, exit] = await Promise.all([text(child.stdout), text(child.stderr), code]);
  const result = { code: exit, stdout, stderr };
  if (exit !== 0 && options.allowFailure !== true) {
    throw new CommandFailed(title, result, options.logFile);
  }
  return result;
}

function lastLines(result: RunResult): string {
  const lines = `${result.stdout}\n${result.stderr}`.split('\n').filter((line) => line !== '');
  return lines.slice(-25).join('\n');
}
