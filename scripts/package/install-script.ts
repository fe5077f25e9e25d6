import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PackageError } from './fail.ts';
import { checkout } from './product.ts';

export interface Installer {
  readonly url: string;
  /** Armored. */
  readonly publicKey: string;
  readonly architectures: readonly string[];
}

/** packaging/install.sh with the repository's address, its key and what it has packages for. */
export async function installScript(installer: Installer): Promise<string> {
  const template = await readFile(join(checkout, 'packaging/install.sh'), 'utf8');
  const values: Readonly<Record<string, string>> = {
    url: installer.url,
    publicKey: installer.publicKey.trim(),
    architectures: installer.architectures.join(' '),
  };
  return template.replaceAll(/@(\w+)@/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new PackageError(`packaging/install.sh asks for @${name}@`);
    return value;
  });
}
