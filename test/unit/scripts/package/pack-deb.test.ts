import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { packDeb } from '#scripts/package/pack-deb.ts';
import { StagedFiles } from '#scripts/package/staged-files.ts';
import { hasProgram } from '#scripts/package/tools.ts';

const work = mkdtempSync(join(tmpdir(), 'odoopbx-pack-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const control = `Package: odoopbx-agent
Version: 1
Architecture: all
Maintainer: A Person <a@example.org>
Description: a package
`;

async function stage(name: string, order: readonly string[], umask: number): Promise<StagedFiles> {
  const before = process.umask(umask);
  try {
    const files = new StagedFiles(join(work, name));
    for (const path of order)
      await files.write(path, `content of ${path}`, path.startsWith('usr/bin') ? 0o755 : 0o644);
    await files.gzip('usr/share/doc/x/changelog', 'text');
    await files.write('DEBIAN/control', control);
    await files.write('DEBIAN/md5sums', await files.md5sums());
    return files;
  } finally {
    process.umask(before);
  }
}

describe.skipIf(!hasProgram('dpkg-deb'))('the same files', () => {
  const paths = ['usr/bin/a', 'usr/lib/x/b', 'etc/default/x'];

  it('give the same bytes, in whatever order, folder and umask they were made', async () => {
    const one = await stage('one', paths, 0o022);
    const two = await stage('two', paths.toReversed(), 0o077);
    await packDeb(one, join(work, 'one.deb'), { epoch: 1_700_000_000, level: 6 });
    await packDeb(two, join(work, 'two.deb'), { epoch: 1_700_000_000, level: 6 });
    expect(readFileSync(join(work, 'two.deb')).equals(readFileSync(join(work, 'one.deb')))).toBe(true);
  });

  it('belong to root, with the rights that were asked for', () => {
    const { stdout } = spawnSync('dpkg-deb', ['-c', join(work, 'two.deb')], { encoding: 'utf8' });
    expect(stdout).toMatch(/^-rwxr-xr-x root\/root .* \.\/usr\/bin\/a$/m);
    expect(stdout).toMatch(/^-rw-r--r-- root\/root .* \.\/usr\/lib\/x\/b$/m);
    expect(stdout).toMatch(/^drwxr-xr-x root\/root .* \.\/usr\/lib\/$/m);
  });
});

it('counts the installed size as Debian does: each file and folder rounded up', async () => {
  const files = new StagedFiles(join(work, 'size'));
  await files.write('usr/lib/a', 'x'.repeat(1025));
  await files.write('usr/lib/b', 'x');
  await files.write('DEBIAN/control', 'x'.repeat(5000));
  expect(await files.installedSize()).toBe(2 + 1 + 2);
});
