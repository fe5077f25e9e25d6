import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { bundleAgent } from '#lib/bundle/bundle-agent.ts';
import { run } from '#scripts/lab/run.ts';
import { terminalFiles } from '#standalone/page-server/page-console.ts';
import { changesOf, debianChangelog } from './changelog.ts';
import { debianCopyright } from './copyright.ts';
import { PackageError } from './fail.ts';
import { readPart } from './licences.ts';
import { commandNames, manualPage } from './manual.ts';
import { checkout } from './product.ts';
import { type PtyBinding, ptyPackage } from './pty-binding.ts';
import type { StagedFiles } from './staged-files.ts';

export interface PackageFacts {
  /** The product's version, and Debian's with the revision. */
  readonly version: string;
  readonly debianVersion: string;
  readonly maintainer: string;
  readonly epoch: number;
  /** Node's program and its licence. */
  readonly node: { program: string; license: string; version: string };
  readonly pty: PtyBinding;
}

const own = 'usr/lib/odoopbx-agent';
const doc = 'usr/share/doc/odoopbx-agent';
const parts = join(checkout, 'packaging/deb');

/**
 * Source files that read a file beside themselves; bundled, they look from `app/`, so that file lies where it lies in
 * the sources, seen from them.
 */
const readsBesideItself: readonly string[] = [
  // ../package.json
  'standalone/product-version.ts',
  // ../page
  'standalone/page-server/page-server.ts',
  // ../node_modules, as Node looks for packages
  'edge-agent/console/pty.ts',
];

/** Puts everything that is installed into the tree. Returns the files that are the administrator's own to change. */
export async function stagePackage(files: StagedFiles, facts: PackageFacts): Promise<string[]> {
  const { packages } = await stageProgram(files, facts);
  await stageUnits(files);
  await files.copy(join(parts, 'default'), 'etc/default/odoopbx-agent');
  await files.copy(join(parts, 'lintian-overrides'), 'usr/share/lintian/overrides/odoopbx-agent');
  await stageDocs(files, facts, packages);
  return ['/etc/default/odoopbx-agent'];
}

async function stageProgram(files: StagedFiles, { version, node, pty }: PackageFacts) {
  const app = join(files.root, own, 'app');
  const bundle = await bundleAgent({ outDir: app, readsBesideItself });
  for (const file of bundle.files) {
    await files.write(`${own}/app/${file}`, await readFile(join(app, file)));
  }
  const manifest = { name: 'odoopbx-agent', version, private: true, type: 'module' };
  await files.write(`${own}/package.json`, `${JSON.stringify(manifest, null, 2)}\n`);
  const page = join(checkout, 'standalone/page');
  for (const name of (await readdir(page)).toSorted())
    await files.copy(join(page, name), `${own}/page/${name}`);
  for (const path of Object.values(terminalFiles)) {
    await files.copy(join(checkout, 'node_modules', path), `${own}/node_modules/${path}`);
  }
  await files.copy(node.program, `${own}/node`, 0o755);
  await files.copy(pty.file, `${own}/${pty.path}`);
  await files.copy(join(parts, 'launcher.sh'), 'usr/bin/odoopbx-agent', 0o755);
  return bundle;
}

async function stageUnits(files: StagedFiles): Promise<void> {
  const folder = join(checkout, 'packaging/systemd');
  const units = (await readdir(folder)).filter((name) => /\.(service|timer|socket|path|slice)$/.test(name));
  if (!units.includes('odoopbx-agent@.service'))
    throw new PackageError(`${folder} has no odoopbx-agent@.service`);
  for (const name of units.toSorted()) await files.copy(join(folder, name), `usr/lib/systemd/system/${name}`);
}

async function stageDocs(
  files: StagedFiles,
  facts: PackageFacts,
  packages: readonly string[],
): Promise<void> {
  const { version, debianVersion, maintainer, epoch, node } = facts;
  const changelog = await readFile(join(checkout, 'CHANGELOG.md'), 'utf8');
  const changes = changesOf(changelog, version);
  await files.gzip(`${doc}/changelog`, changelog);
  const entry = debianChangelog({ version: debianVersion, maintainer, epoch, changes });
  await files.gzip(`${doc}/changelog.Debian`, entry);
  const { license } = z
    .object({ license: z.string() })
    .parse(JSON.parse(await readFile(join(checkout, 'package.json'), 'utf8')));
  const nodeText = (await readFile(node.license, 'utf8')).trim();
  const nodePart = { path: `${own}/node`, name: 'Node.js', version: node.version, license: 'MIT-and-others', text: nodeText, notice: '' }; // prettier-ignore
  const ptyPart = { ...readPart(checkout, ptyPackage), path: `${own}/${facts.pty.path}` };
  const terminalParts = ['node_modules/@xterm/xterm', 'node_modules/@xterm/addon-fit'].map((folder) => ({
    ...readPart(checkout, folder),
    path: `${own}/${folder}/*`,
  }));
  const others = [ptyPart, ...terminalParts, ...packages.map((folder) => readPart(checkout, folder))];
  await files.write(`${doc}/copyright`, debianCopyright(license, [nodePart, ...others]));
  await files.copy(join(checkout, 'edge-agent/config/example.yaml'), `${doc}/examples/config.yaml`);
  for (const name of ['agent.md', 'console.md', 'errors.md', 'standalone.md']) {
    if (existsSync(join(checkout, 'docs', name)))
      await files.copy(join(checkout, 'docs', name), `${doc}/${name}`);
  }
  await files.gzip('usr/share/man/man8/odoopbx-agent.8', await manualOf(files.root, facts));
}

/** Asks the bundle itself, under this Node: so that is tried, too. */
async function manualOf(root: string, facts: PackageFacts): Promise<string> {
  const ask = async (...args: string[]): Promise<string> => {
    const argv = [process.execPath, join(root, own, 'app/agent.mjs'), ...args];
    return (await run(argv, { env: { NO_COLOR: '1', COLUMNS: '80' } })).stdout;
  };
  const program = await ask('--help');
  const commands = new Map<string, string>();
  for (const name of commandNames(program)) commands.set(name, await ask(name, '--help'));
  return manualPage({ program, commands }, facts);
}
