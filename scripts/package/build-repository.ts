import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import { run } from '#scripts/lab/run.ts';
import { architectureNames, type Architecture } from './architectures.ts';
import { PackageError } from './fail.ts';
import { installScript } from './install-script.ts';
import { step } from './progress.ts';
import { withSigner, type KeyChoice, type Signer } from './sign.ts';
import { repositoryTools, requireTools } from './tools.ts';

export interface RepositoryOptions extends KeyChoice {
  readonly out: string;
  readonly from: string;
  /** Without a slash at its end. */
  readonly url: string;
}

export interface BuiltRepository {
  readonly folder: string;
  readonly url: string;
  /** Of the key that signed it. */
  readonly fingerprint: string;
  readonly packages: readonly { name: string; bytes: number }[];
  readonly bytes: number;
  /** The line that installs on a PBX. */
  readonly install: string;
}

const pool = 'pool/main/o/odoopbx-agent';
const suite = 'dists/stable';
const packageFile = /^odoopbx-agent_[\w.~+-]+_(amd64|arm64)\.deb$/;

/**
 * Makes the folder, or adds to it: packages that it has stay, so that a PBX can go back to one. A package that is
 * there under the same name with other bytes is refused: apt would see a broken file. Throws PackageError.
 */
export async function buildRepository(options: RepositoryOptions): Promise<BuiltRepository> {
  requireTools(repositoryTools);
  const folder = resolve(options.out);
  return withSigner(options, async (signer) => {
    await step('packages', () => fillPool(folder, resolve(options.from)));
    const architectures = await step('lists', () => writeLists(folder));
    await step('signature', () => signRelease(folder, signer));
    const script = await writeInstaller(folder, options.url, signer, architectures);
    const names = (await readdir(join(folder, pool))).toSorted();
    const packages = await Promise.all(
      names.map(async (name) => ({ name, bytes: (await stat(join(folder, pool, name))).size })),
    );
    const { url } = options;
    const install = `curl -fsSL ${url}/${script} | sudo sh -s -- URL CODE`;
    return { folder, url, fingerprint: signer.fingerprint, packages, bytes: await sizeOf(folder), install };
  });
}

async function fillPool(folder: string, from: string): Promise<void> {
  const found = existsSync(from) ? (await readdir(from)).filter((name) => packageFile.test(name)) : [];
  await mkdir(join(folder, pool), { recursive: true });
  for (const name of found) {
    const target = join(folder, pool, name);
    if (existsSync(target) && !(await readFile(target)).equals(await readFile(join(from, name)))) {
      throw new PackageError(
        `${target} is another package under the same name: build the new one with a higher --revision, or remove the old one.`,
      );
    }
    await copyFile(join(from, name), target);
    await chmod(target, 0o644);
  }
  if ((await readdir(join(folder, pool))).length === 0) {
    throw new PackageError(`There is no package in ${from}: npm run package -- deb --out ${from}`);
  }
}

/** `Packages` of each architecture and `Release` over them; the architectures that there are packages for. */
async function writeLists(folder: string): Promise<Architecture[]> {
  const names = await readdir(join(folder, pool));
  const architectures = architectureNames.filter((arch) =>
    names.some((name) => name.endsWith(`_${arch}.deb`)),
  );
  for (const arch of architectures) {
    const lists = join(folder, suite, 'main', `binary-${arch}`);
    await mkdir(lists, { recursive: true });
    const scan = ['apt-ftparchive', '--arch', arch, 'packages', 'pool'];
    const { stdout } = await run(scan, { cwd: folder });
    await writeFile(join(lists, 'Packages'), stdout);
    await writeFile(join(lists, 'Packages.gz'), gzipSync(stdout, { level: constants.Z_BEST_COMPRESSION }));
    await rm(join(lists, 'Packages.xz'), { force: true });
    await run(['xz', '--keep', '--no-warn', join(lists, 'Packages')]);
  }
  const release = {
    Origin: 'odoopbx',
    Label: 'odoopbx',
    Suite: 'stable',
    Codename: 'stable',
    Architectures: architectures.join(' '),
    Components: 'main',
    Description: 'The agent that connects Asterisk with Odoo',
  };
  const fields = Object.entries(release).flatMap(([name, value]) => ['-o', `APT::FTPArchive::Release::${name}=${value}`]); // prettier-ignore
  for (const name of ['Release', 'Release.gpg', 'InRelease'])
    await rm(join(folder, suite, name), { force: true });
  // The lists under their hashes too: a client in the middle of an update still finds those that it was told of.
  const command = ['apt-ftparchive', '-o', 'APT::FTPArchive::DoByHash=true', ...fields, 'release', suite];
  const { stdout } = await run(command, { cwd: folder });
  await writeFile(join(folder, suite, 'Release'), stdout);
  return architectures;
}

async function signRelease(folder: string, signer: Signer): Promise<void> {
  const at = (name: string): string => join(folder, suite, name);
  await signer.sign('clear', at('Release'), at('InRelease'));
  await signer.sign('detached', at('Release'), at('Release.gpg'));
}

/** The installer with the key inside, and the key beside it for who sets apt up by hand. */
async function writeInstaller(
  folder: string,
  url: string,
  signer: Signer,
  architectures: readonly Architecture[],
): Promise<string> {
  const armored = join(folder, 'odoopbx-archive-keyring.asc');
  await signer.exportPublic(armored, 'armored');
  await signer.exportPublic(join(folder, 'odoopbx-archive-keyring.gpg'), 'binary');
  const publicKey = await readFile(armored, 'utf8');
  await writeFile(join(folder, 'install.sh'), await installScript({ url, publicKey, architectures }));
  return 'install.sh';
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
