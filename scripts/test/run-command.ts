import { spawn } from 'node:child_process';

export interface Finished {
  code: number;
  /** stdout and stderr, where `capture` was asked for. */
  output: string;
}

/** Runs a command with its output shown; with `capture` it is kept too. A command that can not start has code 127. */
export function run(
  command: string,
  args: readonly string[],
  options: { capture?: boolean } = {},
): Promise<Finished> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const forward = (target: NodeJS.WriteStream) => (chunk: Buffer) => {
      target.write(chunk);
      if (options.capture) output += chunk.toString('utf8');
    };
    child.stdout.on('data', forward(process.stdout));
    child.stderr.on('data', forward(process.stderr));
    child.on('error', (error) => resolve({ code: 127, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
