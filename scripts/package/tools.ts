import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { architectures, type Architecture } from './architectures.ts';
import { PackageError } from './fail.ts';

/** A program and the Debian package that brings it. */
export type Tool = readonly [program: string, debianPackage: string];

export const debTools = (arch: Architecture): Tool[] => {
  const { triplet, binutils } = architectures[arch];
  return [
    ['dpkg-deb', 'dpkg'],
    ['tar', 'tar'],
    ['npm', 'npm'],
    [`${triplet}-strip`, binutils],
    [`${triplet}-readelf`, binutils],
  ];
};

export const repositoryTools: readonly Tool[] = [
  ['apt-ftparchive', 'apt-utils'],
  ['xz', 'xz-utils'],
  ['gpg', 'gnupg'],
  ['gpgconf', 'gnupg'],
];

export function hasProgram(name: string, path = process.env['PATH'] ?? ''): boolean {
  return path.split(':').some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Throws one PackageError that names all that is missing, and the packages to install. */
export function requireTools(tools: readonly Tool[], path?: string): void {
  const missing = tools.filter(([program]) => !hasProgram(program, path));
  if (missing.length === 0) return;
  const programs = [...new Set(missing.map(([program]) => program))].join(', ');
  const packages = [...new Set(missing.map(([, name]) => name))].join(' ');
  throw new PackageError(
    `This needs ${programs}, which this machine does not have. On Debian: apt-get install ${packages}`,
  );
}
