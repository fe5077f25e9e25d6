import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { afterAll, expect, test } from 'vitest';
import { bundleConsole } from '#lib/bundle/bundle-console.ts';

const folders = [1, 2].map(() => mkdtempSync(join(tmpdir(), 'odoopbx-console-')));
const [folder, again] = folders as [string, string];
afterAll(() => folders.forEach((path) => rmSync(path, { recursive: true, force: true })));
const read = (from: string, name: string) => readFileSync(join(from, name), 'utf8');

test('makes the terminal, its style and its licences, the same each time', async () => {
  await bundleConsole(folder);
  await bundleConsole(again);
  for (const name of ['console.js', 'console.css', 'LICENSES.txt'])
    expect(read(again, name)).toBe(read(folder, name));
  expect(read(folder, 'console.css')).toContain('.xterm');
  const licences = read(folder, 'LICENSES.txt');
  for (const name of ['@xterm/xterm 6', '@xterm/addon-fit', 'zod 4']) expect(licences).toContain(name);
  expect(licences.match(/WITHOUT WARRANTY/g)?.length).toBe(6);
  // Nothing of the machine that made it.
  expect(read(folder, 'console.js')).not.toContain(process.cwd());
});

test('is one script with one global, in ASCII', () => {
  const source = read(folder, 'console.js');
  expect(source).not.toMatch(/[^\0-\x7F]/);
  expect(source).toMatch(/^"use strict";var asteriskPlusConsole=/);
  expect(() => new Script(source)).not.toThrow();
});
