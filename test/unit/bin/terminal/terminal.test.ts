import { describe, expect, it } from 'vitest';
import { parseDuration } from '#bin/odoopbx/duration.ts';
import { showSpan } from '#bin/odoopbx/terminal/age.ts';
import { Output } from '#bin/odoopbx/terminal/output.ts';
import { paintFor } from '#bin/odoopbx/terminal/paint.ts';
import { renderTable } from '#bin/odoopbx/terminal/table.ts';
import { typedLine } from '#bin/odoopbx/terminal/terminal-reader.ts';

async function* typed(...chunks: string[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield Buffer.from(chunk, 'latin1');
}

describe('typedLine', () => {
  it('ends at Enter, and lets the typist correct', async () => {
    expect(await typedLine(typed('hu', 'nt\u007Fter2\r'))).toBe('hunter2');
    expect(await typedLine(typed('wrong\u0015right\n'))).toBe('right');
    expect(await typedLine(typed('\xC3', '\xA9\r'))).toBe('é');
    await expect(typedLine(typed('secr\u0003'))).rejects.toThrow('interrupted');
  });
});

describe('renderTable', () => {
  it('is as wide as its cells without their colours', () => {
    const paint = paintFor(true, {});
    const table = renderTable(
      [{ title: 'NAME' }, { title: 'N', align: 'right' }],
      [
        [paint('red', 'a'), '10'],
        ['long name', paint('green', '5')],
      ],
    );
    // oxlint-disable-next-line no-control-regex -- colours
    expect(table.replace(/\u001B\[\d+m/g, '')).toBe('NAME        N\na          10\nlong name   5');
  });
});

describe('parseDuration', () => {
  const range = { option: '--valid', min: '10m', max: '7d' };
  it('reads minutes, hours and days within its range', () => {
    expect(['10m', '90min', '24h', '7d'].map((text) => parseDuration(text, range))).toEqual([
      600, 5400, 86_400, 604_800,
    ]);
    for (const wrong of ['9m', '8d', '', '24', 'h', '-1h', '1.5h', '1w']) {
      expect(() => parseDuration(wrong, range)).toThrow('--valid must be 10m to 7d');
    }
  });
});

describe('showSpan', () => {
  it('says it in the unit that fits', () => {
    expect([-3, 119, 120, 7199, 7200, 172_799, 172_800].map(showSpan)).toEqual([
      '0 s',
      '119 s',
      '2 min',
      '119 min',
      '2 h',
      '47 h',
      '2 d',
    ]);
  });
});

describe('Output', () => {
  const written = (isTTY: boolean) => {
    const lines: string[] = [];
    const writer = { write: (text: string) => void lines.push(text), isTTY, columns: 30 };
    return { lines, world: { stdout: writer, stderr: writer, env: {} } };
  };

  it('overwrites progress on a terminal, cut to its width, and writes none elsewhere', () => {
    const terminal = written(true);
    const output = new Output(terminal.world, false);
    output.progress('x'.repeat(50));
    output.note('done');
    expect(terminal.lines[0]).toContain('x'.repeat(29));
    expect(terminal.lines[0]).not.toContain('x'.repeat(30));
    expect(terminal.lines.slice(1)).toEqual(['\r\u001B[K', 'done\n']);
    const file = written(false);
    new Output(file.world, false).progress('x');
    expect(file.lines).toEqual([]);
  });
});
