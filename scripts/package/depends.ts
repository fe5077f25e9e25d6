import { PackageError } from './fail.ts';

/** The libraries that a PBX has with libc6, and those of packages of their own. */
const ofLibc = new Set([
  'libc.so.6', 'libdl.so.2', 'libm.so.6', 'libpthread.so.0', 'librt.so.1', 'ld-linux-x86-64.so.2', 'ld-linux-aarch64.so.1',
]); // prettier-ignore

/**
 * The GCC whose libstdc++6 brought a version of its symbols (https://gcc.gnu.org/onlinedocs/libstdc++/manual/abi.html);
 * 3.4.21 is of GCC 5.
 */
const gccOf: Readonly<Record<number, string>> = {
  21: '5', 22: '6', 23: '7', 24: '7', 25: '8', 26: '9', 27: '9', 28: '9', 29: '11', 30: '12', 31: '13', 32: '13', 33: '14', 34: '15',
}; // prettier-ignore

/**
 * Debian's names for what a program needs, from `readelf -dVW`. dpkg-shlibdeps can tell only with the other
 * architecture's libraries at hand. Throws PackageError on a library that is not known here.
 */
export function dependsOf(readelf: string): string[] {
  const needed = [...readelf.matchAll(/\(NEEDED\).*\[([^\]]+)\]/g)].map(([, name = '']) => name);
  const depends: string[] = [];
  for (const library of needed) {
    if (ofLibc.has(library)) continue;
    else if (library === 'libstdc++.so.6') depends.push(`libstdc++6 (>= ${libstdcxx(readelf)})`);
    // Its package had another name, with an epoch, up to Debian 10.
    else if (library === 'libgcc_s.so.1') depends.push('libgcc-s1 (>= 3.4) | libgcc1 (>= 1:3.4)');
    else
      throw new PackageError(`Node needs ${library}: say in scripts/package/depends.ts which package has it`);
  }
  return [`libc6 (>= 2.${highest(readelf, /GLIBC_2\.(\d+)/g)})`, ...depends].toSorted();
}

function libstdcxx(readelf: string): string {
  const minor = highest(readelf, /GLIBCXX_3\.4\.(\d+)/g);
  const gcc = minor < 21 ? '5' : gccOf[minor];
  if (gcc === undefined) {
    throw new PackageError(`Node needs GLIBCXX_3.4.${minor}: add its GCC to scripts/package/depends.ts`);
  }
  return gcc;
}

function highest(readelf: string, version: RegExp): number {
  return Math.max(0, ...[...readelf.matchAll(version)].map(([, minor]) => Number(minor)));
}
