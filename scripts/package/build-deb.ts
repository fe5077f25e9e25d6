import { mkdirSync, statSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { run } from '#scripts/lab/run.ts';
import type { Architecture } from './architectures.ts';
import { debianVersion } from './debian-version.ts';
import { dependsOf } from './depends.ts';
import { PackageError } from './fail.ts';
import { getNodeRuntime, runnerOf } from './node-runtime.ts';
import { packDeb } from './pack-deb.ts';
import { checkout, readProduct } from './product.ts';
import { step } from './progress.ts';
import { getPtyBinding } from './pty-binding.ts';
import { stagePackage } from './stage-package.ts';
import { StagedFiles } from './staged-files.ts';
import { debTools, requireTools } from './tools.ts';

export interface DebOptions {
  readonly arch: Architecture;
  readonly out: string;
  /** Tells two packages of the same version apart; an upgrade goes to the higher one. */
  readonly revision: number;
  /** Of xz, 0 to 9. */
  readonly level: number;
}

export interface BuiltDeb {
  readonly file: string;
  readonly arch: Architecture;
  /** Debian's. */
  readonly version: string;
  readonly packageBytes: number;
  readonly installedBytes: number;
  /** What the packaged program said to `--version` on this machine, or why it was not asked. */
  readonly tried: string;
}

const maintainerScripts = ['postinst', 'prerm', 'postrm'];

/** Builds `odoopbx-agent_<version>_<arch>.deb`. Throws PackageError. */
export async function buildDeb(options: DebOptions): Promise<BuiltDeb> {
  const { arch, revision, level } = options;
  requireTools(debTools(arch));
  const product = await readProduct();
  const version = debianVersion(product.version, revision);
  const work = await mkdtemp(join(tmpdir(), 'odoopbx-package-'));
  try {
    const files = new StagedFiles(join(work, 'root'));
    const node = await step(`${arch}: Node ${product.node} from the registry or the cache`, () =>
      getNodeRuntime(arch, product.node, work),
    );
    const pty = await step(`${arch}: the console's pseudo-terminal`, () => getPtyBinding(arch, work));
    const tried = await step(`${arch}: the bundle and what goes with it`, async () => {
      const facts = { ...product, debianVersion: version, node: { ...node, version: product.node }, pty };
      const conffiles = await stagePackage(files, facts);
      await stageControl(files, { arch, version, maintainer: product.maintainer, depends: dependsOf(node.readelf), conffiles }); // prettier-ignore
      return tryProgram(files.root, arch, product.version, pty.path);
    });
    const installedBytes = (await files.installedSize()) * 1024;
    const out = resolve(options.out);
    mkdirSync(out, { recursive: true });
    const file = join(out, `odoopbx-agent_${version}_${arch}.deb`);
    await step(`${arch}: dpkg-deb`, () => packDeb(files, file, { epoch: product.epoch, level }));
    return { file, arch, version, packageBytes: statSync(file).size, installedBytes, tried };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

interface Control {
  arch: Architecture;
  version: string;
  maintainer: string;
  depends: readonly string[];
  conffiles: readonly string[];
}

async function stageControl(files: StagedFiles, facts: Control): Promise<void> {
  const template = await readFile(join(checkout, 'packaging/deb/control'), 'utf8');
  const values: Readonly<Record<string, string>> = {
    version: facts.version,
    architecture: facts.arch,
    maintainer: facts.maintainer,
    installedSize: String(await files.installedSize()),
    depends: ['adduser', ...facts.depends].join(', '),
  };
  const control = template.replaceAll(/@(\w+)@/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new PackageError(`packaging/deb/control asks for @${name}@`);
    return value;
  });
  await files.write('DEBIAN/control', control);
  await files.write('DEBIAN/conffiles', facts.conffiles.map((path) => `${path}\n`).join(''));
  await files.write('DEBIAN/md5sums', await files.md5sums());
  for (const name of maintainerScripts) {
    await files.copy(join(checkout, 'packaging/deb', name), `DEBIAN/${name}`, 0o755);
  }
}

/** Stripping could have spoilt it, or its pseudo-terminal. */
async function tryProgram(root: string, arch: Architecture, version: string, pty: string): Promise<string> {
  const runner = runnerOf(arch);
  if ('missing' in runner) return `not tried: ${runner.missing}`;
  const own = join(root, 'usr/lib/odoopbx-agent');
  const argv = [...runner.command, join(own, 'node'), join(own, 'app/agent.mjs'), '--version'];
  const { stdout } = await run(argv);
  if (stdout.trim() !== version) throw new PackageError(`${argv.join(' ')} says ${stdout.trim()}`);
  await run([...runner.command, join(own, 'node'), '-e', `require(${JSON.stringify(join(own, pty))})`]);
  return runner.command.length === 0 ? 'ran' : `ran under ${runner.command[0]}`;
}
