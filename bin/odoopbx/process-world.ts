import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { spawnProgram } from './spawn-program.ts';
import { terminalReader } from './terminal/terminal-reader.ts';
import type { World, Writer } from './world.ts';

/** The real world. The AWS SDK is loaded when a command needs it: `--help` should not wait for it. */
export function processWorld(): World {
  return {
    env: process.env,
    cwd: process.cwd(),
    stdout: writerOf(process.stdout),
    stderr: writerOf(process.stderr),
    stdin: terminalReader(process.stdin, process.stderr),
    clock: {
      now: () => Date.now(),
      sleep: async (ms, signal) => {
        await wait(ms, undefined, signal ? { signal } : {}).catch(() => undefined);
      },
    },
    randomBytes: (count) => randomBytes(count),
    onInterrupt(handler) {
      process.on('SIGINT', handler);
      return () => void process.off('SIGINT', handler);
    },
    async connect(platform) {
      const { connectToAws } = await import('./cloud/connect.ts');
      return connectToAws(platform, () => Date.now());
    },
    runProgram: spawnProgram,
  };
}

function writerOf(stream: NodeJS.WriteStream): Writer {
  return {
    write: (text) => void stream.write(text),
    isTTY: stream.isTTY,
    get columns() {
      return stream.columns;
    },
  };
}
