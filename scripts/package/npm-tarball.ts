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
import { PackageError } from './fail.ts';

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
 * A package (`name@version`) as the npm registry has it. A version never changes there, so the cache keeps it together
 * with the integrity that the registry told, which is checked each time that it is used. Throws PackageError.
 */
export async function fetchTarball(spec: string): Promise<string> {
  const folder = join(cacheFolder(), spec.replaceAll(/[@/]+/g, '-').replace(/^-/, ''));
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
