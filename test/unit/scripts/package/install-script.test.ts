import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { installScript } from '#scripts/package/install-script.ts';
import { hasProgram } from '#scripts/package/tools.ts';

// Programs that only say that they were called: whatever the script does, it does it by one of these.
const programs = ['apt-get', 'dpkg', 'install', 'mv', 'cat', 'id', 'odoopbx-agent'];
let folder: string;
let script: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'odoopbx-install-'));
  for (const name of programs) {
    writeFileSync(join(folder, name), `#!/bin/sh\necho ${name} >>"${join(folder, 'called')}"\n`);
    chmodSync(join(folder, name), 0o755);
  }
  script = await installScript({
    url: 'https://packages.example.org/odoopbx',
    publicKey: '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nabc\n-----END PGP PUBLIC KEY BLOCK-----\n',
    architectures: ['amd64', 'arm64'],
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(text: string, args: readonly string[] = []) {
  rmSync(join(folder, 'called'), { force: true });
  const argv = ['/bin/sh', '-s', '--', ...args];
  const [program = '', ...rest] = argv;
  const { status, stderr } = spawnSync(program, rest, {
    input: text,
    env: { PATH: folder },
    encoding: 'utf8',
  });
  return { status, stderr, called: existsSync(join(folder, 'called')) };
}

it('leaves no place to fill in', () => {
  expect(script).not.toMatch(/@\w+@/);
});

it('does nothing when the download breaks off, wherever that is', () => {
  // Each end of a line, and every byte of the last part, where the script begins to run.
  const lines = [...script.matchAll(/\n/g)].map(({ index }) => index);
  const tail = Array.from({ length: 60 }, (_, back) => script.trimEnd().length - 1 - back);
  for (const end of [...lines.slice(0, -1), ...tail]) {
    const cut = script.slice(0, end);
    expect({ end, called: run(cut).called }).toEqual({ end, called: false });
  }
  expect(run(script).called).toBe(true);
}, 30_000);

it('refuses a URL without a code before it does anything', () => {
  const { status, stderr, called } = run(script, ['https://platform.example.org']);
  expect({ status, called }).toEqual({ status: 1, called: false });
  expect(stderr).toContain('give URL and CODE');
});

it.skipIf(!hasProgram('shellcheck'))('is clean for shellcheck, as are the scripts of the package', () => {
  const file = join(folder, 'install.sh');
  writeFileSync(file, script);
  const parts = ['postinst', 'prerm', 'postrm', 'launcher.sh'].map((name) => join('packaging/deb', name));
  const { stdout } = spawnSync('shellcheck', [file, ...parts], { encoding: 'utf8' });
  expect(stdout).toBe('');
});
