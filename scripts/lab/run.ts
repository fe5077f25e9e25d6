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
}

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class CommandFailed extends Error {
  override name = 'CommandFailed';
  readonly result: RunResult;

  constructor(argv: readonly string[], result: RunResult, logFile: string | undefined) {
    const where = logFile === undefined ? '' : `\nThe whole output: ${logFile}`;
    super(`${argv.join(' ')} ended with ${result.code}:\n${lastLines(result)}${where}`);
    this.result = result;
  }
}

/** Runs a command that dies with this process, however this process dies. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
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
    log.write(`\n$ ${argv.join(' ')}\n`);
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
    throw new CommandFailed(argv, result, options.logFile);
  }
  return result;
}

function lastLines(result: RunResult): string {
  const lines = `${result.stdout}\n${result.stderr}`.split('\n').filter((line) => line !== '');
  return lines.slice(-25).join('\n');
}
