import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Host } from '#core/ports/host.ts';

/** What every Host keeps. `open` gives one and an empty folder on it. */
export function hostContract(name: string, open: () => { host: Host; folder: string }): void {
  describe(name, () => {
    let host: Host;
    let folder: string;
    beforeEach(() => ({ host, folder } = open()));

    test('a file is written whole, with its rights, and replaced', () => {
      const path = join(folder, 'a.conf');
      host.writeFile(path, 'one', { mode: 0o600 });
      host.writeFile(path, 'two', { mode: 0o640 });
      expect(host.readFile(path)).toBe('two');
      expect(host.accessOf(path)?.mode).toBe(0o640);
      expect(host.list(folder)).toEqual(['a.conf']);
    });

    test('what is not there', () => {
      expect(host.readFile(join(folder, 'none'))).toBeUndefined();
      expect(host.accessOf(join(folder, 'none'))).toBeUndefined();
      expect(host.list(join(folder, 'none'))).toEqual([]);
      host.removeFile(join(folder, 'none'));
      host.removeFolder(join(folder, 'none'));
      expect(() => host.writeFile(join(folder, 'none/a'), '', { mode: 0o600 })).toThrow(/ENOENT/);
    });

    test('a folder is made once; only an empty one is removed', () => {
      const inner = join(folder, 'b');
      expect(host.makeFolder(inner, { mode: 0o750 })).toBe(true);
      expect(host.makeFolder(inner, { mode: 0o700 })).toBe(false);
      expect(host.accessOf(inner)?.mode).toBe(0o750);
      host.writeFile(join(inner, 'z'), '', { mode: 0o600 });
      host.writeFile(join(inner, 'a'), '', { mode: 0o600 });
      host.removeFolder(inner);
      expect(host.list(inner)).toEqual(['a', 'z']);
      host.removeFile(join(inner, 'a'));
      host.removeFile(join(inner, 'z'));
      host.removeFolder(inner);
      expect(host.accessOf(inner)).toBeUndefined();
    });

    test('unknown accounts and programs', async () => {
      expect(host.user('no-such-account-here')).toBeUndefined();
      expect(host.group('no-such-account-here')).toBeUndefined();
      expect(await host.run('no-such-program-here', [], { timeoutMs: 1000 })).toMatchObject({ code: 127 });
    });
  });
}
