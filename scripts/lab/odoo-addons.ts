import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, contentHash } from './settings.ts';

const folder = join(checkout, 'odoo-addons');

/** Where the running Odoo finds them: the checkout is mounted there. */
export const addonsPathInRoot = '/mnt/checkout/odoo-addons';

/** The checkout's own addons, in alphabetical order; none before the first one is written. */
export function ownAddons(): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, '__manifest__.py')))
    .sort();
}

/** Changes when any file of an addon does. */
export function addonsVersion(): string {
  const files = ownAddons().flatMap((addon) => filesUnder(join(folder, addon)));
  return contentHash(...files.flatMap((file) => [file.slice(folder.length), readFileSync(file, 'latin1')]));
}

export function hasTests(addon: string): boolean {
  return existsSync(join(folder, addon, 'tests', '__init__.py'));
}

function filesUnder(path: string): string[] {
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('__pycache__'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
