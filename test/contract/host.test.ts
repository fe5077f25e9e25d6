import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { systemHost } from '#edge-agent/system-host.ts';
import { memoryHost } from '#test/support/memory-host.ts';
import { hostContract } from './host.ts';

const root = mkdtempSync(join(tmpdir(), 'host-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

hostContract('memory', () => {
  const host = memoryHost();
  host.folders.set('/x', { mode: 0o755, uid: 0, gid: 0 });
  return { host, folder: '/x' };
});
hostContract('this machine', () => ({ host: systemHost, folder: mkdtempSync(join(root, 'case-')) }));

test('the accounts of this machine', () => {
  expect(systemHost.user('root')).toEqual({ uid: 0, gid: 0 });
  expect(systemHost.group('root')).toBe(0);
});

test('a program tells its exit code and what it printed', async () => {
  const { code, stdout, stderr } = await systemHost.run('sh', ['-c', 'echo out; echo err >&2; exit 3'], {
    timeoutMs: 5000,
  });
  expect({ code, stdout, stderr }).toEqual({ code: 3, stdout: 'out\n', stderr: 'err\n' });
});

test('one that hangs is ended', async () => {
  expect(await systemHost.run('sleep', ['60'], { timeoutMs: 100 })).toMatchObject({ code: 1 });
});

test('a write that fails leaves no draft', () => {
  const folder = mkdtempSync(join(root, 'draft-'));
  systemHost.makeFolder(join(folder, 'taken'), { mode: 0o755 });
  expect(() => systemHost.writeFile(join(folder, 'taken'), '', { mode: 0o600 })).toThrow();
  symlinkSync('nowhere', join(folder, 'link'));
  expect(readdirSync(folder)).toEqual(['link', 'taken']);
});
