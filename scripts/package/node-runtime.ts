import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import { run } from '#scripts/lab/run.ts';
import { architectures, isOwn, type Architecture } from './architectures.ts';
import { PackageError } from './fail.ts';
import { hasProgram } from './tools.ts';

export interface NodeRuntime {
  /** Paths of the stripped program and of its licence text. */
  readonly program: string;
  readonly license: string;
  /** What `readelf` says of what it needs. */
  readonly readelf: string;
}

function cacheFolder(): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return join(cache, 'odoopbx-package');
}

/** `sha512-…`, as package registries write it. */
async function integrityOf(file: string): Promise<string> {
  const hash = createHash('sha512');
  await pipeline(createReadStream(file), hash);
  return `sha512-${hash.digest('base64')}`;
}

/**
 * Node's own program as the npm registry has it. A version never changes there, so the cache keeps it together with
 * the integrity that the registry told, which is checked each time that it is used.
 */
async function fetchTarball(arch: Architecture, version: string): Promise<string> {
  const spec = `node-linux-${architectures[arch].npm}@${version}`;
  const folder = join(cacheFolder(), spec.replace('@', '-'));
  const tarball = join(folder, 'package.tgz');
  const told = join(folder, 'integrity');
  if (existsSync(told) && (await integrityOf(tarball)) === readFileSync(told, 'utf8')) return tarball;
  const integrity = await askIntegrity(spec);
  mkdirSync(folder, { recursive: true });
  const packed = await mkdtemp(join(folder, 'new-'));
  try {
    const { stdout } = await run(['npm', 'pack', '--json', '--pack-destination', packed, spec]);
    const [{ filename }] = z.tuple([z.object({ filename: z.string() })]).parse(JSON.parse(stdout));
    const got = await integrityOf(join(packed, filename));
    if (got !== integrity) throw new PackageError(`${spec} is ${got}; the registry says ${integrity}`);
    rmSync(told, { force: true });
    renameSync(join(packed, filename), tarball);
    writeFileSync(told, integrity);
  } finally {
    rmSync(packed, { recursive: true, force: true });
  }
  return tarball;
}

async function askIntegrity(spec: string): Promise<string> {
  const view = await run(['npm', 'view', '--json', spec, 'dist.integrity'], { allowFailure: true });
  if (view.code !== 0) throw new PackageError(`npm knows nothing of ${spec}:\n${view.stderr.trim()}`);
  return z.string().startsWith('sha512-').parse(JSON.parse(view.stdout));
}

/** Gets Node for that architecture and leaves out its symbols, in `folder`. Throws PackageError. */
export async function getNodeRuntime(
  arch: Architecture,
  version: string,
  folder: string,
): Promise<NodeRuntime> {
  const tarball = await fetchTarball(arch, version);
  await run(['tar', '-xzf', tarball, '-C', folder, 'package/bin/node', 'package/LICENSE']);
  const whole = join(folder, 'package/bin/node');
  const program = join(folder, 'node');
  const { triplet } = architectures[arch];
  await run([`${triplet}-strip`, '--strip-all', '-o', program, whole]);
  const { stdout: readelf } = await run([`${triplet}-readelf`, '-dVW', program]);
  return { program, license: join(folder, 'package/LICENSE'), readelf };
}

/**
 * How programs of that architecture run on this machine: by themselves, or under qemu with Debian's cross libraries.
 * Otherwise why they do not.
 */
export function runnerOf(arch: Architecture): { command: readonly string[] } | { missing: string } {
  if (isOwn(arch)) return { command: [] };
  const { qemu, triplet } = architectures[arch];
  const libraries = `/usr/${triplet}`;
  if (!hasProgram(`qemu-${qemu}-static`)) return { missing: 'qemu-user-static is not installed' };
  if (!existsSync(join(libraries, 'lib/libstdc++.so.6')))
    return { missing: `libstdc++6-${arch}-cross is not installed` };
  return { command: [`qemu-${qemu}-static`, '-L', libraries] };
}
