import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '#scripts/lab/run.ts';
import { architectures, isOwn, type Architecture } from './architectures.ts';
import { fetchTarball } from './npm-tarball.ts';
import { hasProgram } from './tools.ts';

export interface NodeRuntime {
  /** Paths of the stripped program and of its licence text. */
  readonly program: string;
  readonly license: string;
  /** What `readelf` says of what it needs. */
  readonly readelf: string;
}

/** Gets Node for that architecture and leaves out its symbols, in `folder`. Throws PackageError. */
export async function getNodeRuntime(
  arch: Architecture,
  version: string,
  folder: string,
): Promise<NodeRuntime> {
  const tarball = await fetchTarball(`node-linux-${architectures[arch].npm}@${version}`);
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
