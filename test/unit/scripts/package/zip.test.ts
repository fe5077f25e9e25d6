import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { zip } from '#scripts/package/zip.ts';

const folder = mkdtempSync(join(tmpdir(), 'odoopbx-zip-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const entries = [
  { path: 'addon/__manifest__.py', bytes: Buffer.from("{'name': 'x'}\n".repeat(500)) },
  { path: 'addon/static/größe.bin', bytes: Buffer.from([0, 255, 13, 10]) },
  { path: 'addon/empty.txt', bytes: Buffer.alloc(0) },
];

test('gives an archive that another program tests, lists and unpacks', () => {
  const file = join(folder, 'x.zip');
  writeFileSync(file, zip(entries, 1_790_000_000));
  const python = (...args: string[]) =>
    execFileSync('python3', ['-m', 'zipfile', ...args], { encoding: 'utf8' });
  expect(python('-t', file)).toContain('Done testing');
  python('-e', file, folder);
  for (const { path, bytes } of entries) expect(readFileSync(join(folder, path))).toEqual(bytes);
  expect(python('-l', file)).toContain('2026-09-21 14:13:20');
  expect(statSync(file).size).toBeLessThan(1000);
});

test('gives the same bytes for the same entries', () => {
  expect(zip(entries, 1_790_000_000)).toEqual(zip(entries, 1_790_000_000));
});

test('keeps to the years that the format knows', () => {
  expect(() => zip(entries, 0)).not.toThrow();
});
