import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, contentHash } from './settings.ts';

/** The product's addons, and the probe that the end-to-end tests look through. */
const folders = ['odoo-addons', 'test/e2e/odoo-addons'];

/** Where the running Odoo finds them: the checkout is mounted there. */
export const addonsPathInRoot = folders.map((folder) => `/mnt/checkout/${folder}`).join(',');

/** The checkout's own addons, in alphabetical order; none before the first one is written. */
export function ownAddons(): string[] {
  return folders.flatMap(addonsIn).toSorted();
}

/** Changes when any file of an addon does. */
export function addonsVersion(): string {
  const files = folders.flatMap((folder) =>
    addonsIn(folder).flatMap((addon) => filesUnder(join(checkout, folder, addon))),
  );
  return contentHash(...files.flatMap((file) => [file.slice(checkout.length), readFileSync(file, 'latin1')]));
}

export function hasTests(addon: string): boolean {
  return folders.some((folder) => existsSync(join(checkout, folder, addon, 'tests', '__init__.py')));
}

function addonsIn(folder: string): string[] {
  const path = join(checkout, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path).filter((name) => existsSync(join(path, name, '__manifest__.py')));
}

function filesUnder(path: string): string[] {
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('__pycache__'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
