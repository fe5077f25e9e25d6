import type { ReadStream } from 'node:tty';
import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { Reader } from '../world.ts';

/** Questions go to standard error: standard output is for what a command answers. */
export function terminalReader(stdin: ReadStream, stderr: NodeJS.WriteStream): Reader {
  return {
    isTTY: stdin.isTTY,
    readAll: () => text(stdin),
    async readLine(prompt) {
      const lines = createInterface({ input: stdin, output: stderr });
      try {
        return await lines.question(prompt);
      } finally {
        lines.close();
      }
    },
    async readHidden(prompt) {
      stderr.write(prompt);
      stdin.setRawMode(true);
      try {
        return await typedLine(stdin);
      } finally {
        stdin.setRawMode(false);
        stdin.pause();
        stderr.write('\n');
      }
    },
  };
}

/** In raw mode the terminal does nothing by itself: backspace, Ctrl-C and Ctrl-D are ours. */
export async function typedLine(input: AsyncIterable<Buffer | string>): Promise<string> {
  const decoder = new TextDecoder();
  const letters: string[] = [];
  for await (const chunk of input) {
    for (const letter of typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })) {
      if (letter === '\r' || letter === '\n' || letter === '\u0004') return letters.join('');
      if (letter === '\u0003') throw new OdoopbxError('CONFIG_INVALID', 'interrupted: nothing was stored');
      if (letter === '\u007F' || letter === '\b') letters.pop();
      else if (letter === '\u0015') letters.length = 0;
      else letters.push(letter);
    }
  }
  return letters.join('');
}
