import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { bundleConsole, consoleAssets } from '#lib/bundle/bundle-console.ts';
import { checkout, readProduct } from './product.ts';
import { step } from './progress.ts';
import { zip, type ZipEntry } from './zip.ts';

export interface BuiltAddons {
  readonly file: string;
  readonly version: string;
  readonly addons: readonly string[];
  readonly bytes: number;
}

/** What a running Odoo has no use for. */
const leftOut = new Set(['__pycache__', 'tests']);

/**
 * Writes `odoopbx-addons-<version>.zip`: the addons with all that is built for them, ready to be unpacked into a folder
 * of Odoo's `addons_path`. The same sources give the same bytes.
 */
export async function buildAddons(options: { readonly out: string }): Promise<BuiltAddons> {
  const { version, epoch } = await readProduct();
  await step('the console for the browser', () => bundleConsole(join(checkout, consoleAssets)));
  const root = join(checkout, 'odoo-addons');
  const folders = await readdir(root, { withFileTypes: true });
  const addons = folders.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).toSorted();
  const paths = (await Promise.all(addons.map((addon) => filesOf(join(root, addon))))).flat();
  const entries = await Promise.all([
    ...['LICENSE', 'LICENSE.GPL'].map((name) => entry(join(checkout, name), checkout)),
    ...paths.map((path) => entry(path, root)),
  ]);
  const archive = zip(entries, epoch);
  const out = resolve(options.out);
  await mkdir(out, { recursive: true });
  const file = join(out, `odoopbx-addons-${version}.zip`);
  await writeFile(file, archive);
  return { file, version, addons, bytes: archive.length };
}

async function entry(path: string, root: string): Promise<ZipEntry> {
  return { path: relative(root, path), bytes: await readFile(path) };
}

async function filesOf(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const each of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, each.name);
    if (leftOut.has(each.name) || each.name.startsWith('.')) continue;
    if (each.isDirectory()) found.push(...(await filesOf(path)));
    else found.push(path);
  }
  return found.toSorted();
}
