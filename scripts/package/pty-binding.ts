import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { run } from '#scripts/lab/run.ts';
import { architectures, type Architecture } from './architectures.ts';
import { fetchTarball } from './npm-tarball.ts';
import { checkout } from './product.ts';

/** The native part of the console's pseudo-terminal, which the agent looks for as Node does (edge-agent/console/pty.ts). */
export interface PtyBinding {
  readonly file: string;
  /** Where it lies, below the program's folder. */
  readonly path: string;
}

/** The folder of the package that has its licence, below the checkout. */
export const ptyPackage = 'node_modules/@lydell/node-pty';

/**
 * Not among what the package depends on: on arm64 it needs a newer C library (2.34) than the agent, and an agent whose
 * system has an older one does everything but the console, and says so.
 *
 * Gets it for that architecture, without symbols, in `folder`. Throws PackageError.
 */
export async function getPtyBinding(arch: Architecture, folder: string): Promise<PtyBinding> {
  const { npm, triplet } = architectures[arch];
  const manifest = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(join(checkout, ptyPackage, 'package.json'), 'utf8')));
  const name = `@lydell/node-pty-linux-${npm}`;
  const tarball = await fetchTarball(`${name}@${manifest.version}`);
  const unpacked = join(folder, 'pty');
  mkdirSync(unpacked);
  await run(['tar', '-xzf', tarball, '-C', unpacked, 'package/pty.node']);
  const file = join(folder, 'pty.node');
  await run([`${triplet}-strip`, '--strip-unneeded', '-o', file, join(unpacked, 'package/pty.node')]);
  return { file, path: `node_modules/${name}/pty.node` };
}
