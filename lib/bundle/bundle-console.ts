import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { packagesIn } from './bundle-agent.ts';
import { noJsonSchema } from './no-json-schema.ts';

const checkout = join(import.meta.dirname, '../..');

/** Where the addon's bundle `asterisk_plus.assets_console` looks (its __manifest__.py). */
export const consoleAssets = 'odoo-addons/asterisk_plus/static/lib/console';

/**
 * Bundles the browser's half of the console, with xterm.js, into `console.js` and `console.css`, with the licences of
 * what went in beside them; the same sources give the same bytes. Odoo minifies scripts once more with a program that
 * is older than template literals: there are none.
 */
export async function bundleConsole(outDir: string): Promise<void> {
  const { metafile } = await build({
    absWorkingDir: checkout,
    entryPoints: { console: 'browser/odoo-console.ts' },
    outdir: outDir,
    bundle: true,
    minify: true,
    platform: 'browser',
    target: 'es2022',
    supported: { 'template-literal': false },
    format: 'iife',
    globalName: 'asteriskPlusConsole',
    charset: 'ascii',
    legalComments: 'none',
    plugins: [noJsonSchema],
    metafile: true,
    logLevel: 'silent',
  });
  writeFileSync(join(outDir, 'LICENSES.txt'), packagesIn(metafile).map(licenceOf).join('\n'));
}

function licenceOf(folder: string): string {
  const path = join(checkout, folder);
  const { name, version } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Record<
    string,
    string
  >;
  const file = readdirSync(path).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${name} has no file with its licence`);
  return `${name} ${version}\n\n${readFileSync(join(path, file), 'utf8').trim()}\n`;
}
