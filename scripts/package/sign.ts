import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '#scripts/lab/run.ts';
import { PackageError } from './fail.ts';

export interface KeyChoice {
  /** Of the user's own GnuPG. */
  readonly key?: string;
  /** Secret key, exported. */
  readonly keyFile?: string;
  readonly passphraseFile?: string;
}

export interface Signer {
  readonly fingerprint: string;
  /** Signs a file: inside the text, or beside it. */
  sign(how: 'clear' | 'detached', file: string, out: string): Promise<void>;
  /** The public key. */
  exportPublic(file: string, form: 'binary' | 'armored'): Promise<void>;
}

const noKey = `A repository is signed, or apt takes nothing from it. Name a key:
  --key ID         a secret key of your GnuPG (gpg --list-secret-keys)
  --key-file FILE  a secret key as gpg --export-secret-keys wrote it
To make one: gpg --quick-generate-key "Your name <mail@example.org>" rsa4096 sign never`;

/** Lends the key to `use`. A key from a file lives in a folder of its own only so long. Throws PackageError. */
export async function withSigner<T>(choice: KeyChoice, use: (signer: Signer) => Promise<T>): Promise<T> {
  const { key, keyFile, passphraseFile } = choice;
  if (key !== undefined) return use(await signerOf(key, undefined, passphraseFile));
  if (keyFile === undefined) throw new PackageError(noKey);
  // Short: the path of gpg-agent's socket has 108 bytes at most.
  const home = await mkdtemp(join(tmpdir(), 'gpg-'));
  try {
    await gpg(home, passphraseFile, ['--import', keyFile]);
    return await use(await signerOf(undefined, home, passphraseFile));
  } finally {
    await run(['gpgconf', '--homedir', home, '--kill', 'all'], { allowFailure: true });
    await rm(home, { recursive: true, force: true });
  }
}

async function signerOf(
  key: string | undefined,
  home: string | undefined,
  passphraseFile: string | undefined,
): Promise<Signer> {
  const wanted = key === undefined ? [] : [key];
  const { code, stdout } = await run(
    ['gpg', ...homeOption(home), '--batch', '--with-colons', '--list-secret-keys', ...wanted],
    { allowFailure: true },
  );
  const primary = [...stdout.matchAll(/^sec:.*\n(?:.*\n)*?fpr:+([0-9A-F]+):/gm)].map(
    ([, print = '']) => print,
  );
  const [fingerprint] = primary;
  if (code !== 0 || fingerprint === undefined || primary.length > 1) {
    const found = primary.length > 1 ? `${primary.length} secret keys` : 'no secret key';
    throw new PackageError(`There is ${found} for ${key ?? 'the key file'}: name one by its fingerprint.`);
  }
  return {
    fingerprint,
    sign: (how, file, out) => {
      const form = how === 'clear' ? ['--clearsign'] : ['--armor', '--detach-sign'];
      const by = ['--local-user', fingerprint, '--digest-algo', 'SHA512'];
      return gpg(home, passphraseFile, [...by, ...form, '--yes', '--output', out, file]);
    },
    exportPublic: (file, form) => {
      const armor = form === 'armored' ? ['--armor'] : [];
      return gpg(home, undefined, [...armor, '--yes', '--output', file, '--export', fingerprint]);
    },
  };
}

async function gpg(
  home: string | undefined,
  passphraseFile: string | undefined,
  args: readonly string[],
): Promise<void> {
  const passphrase =
    passphraseFile === undefined ? [] : ['--pinentry-mode', 'loopback', '--passphrase-file', passphraseFile];
  const argv = ['gpg', ...homeOption(home), '--batch', '--no-tty', '--quiet', ...passphrase, ...args];
  const { code, stderr } = await run(argv, { allowFailure: true });
  if (code === 0) return;
  const hint = passphraseFile === undefined ? '\nA key with a passphrase needs --passphrase-file.' : '';
  throw new PackageError(`gpg could not do it:\n${stderr.trim()}${hint}`);
}

function homeOption(home: string | undefined): string[] {
  return home === undefined ? [] : ['--homedir', home];
}
