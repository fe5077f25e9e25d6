/** `npm run addons`: makes what the addons need and git does not hold. Then a folder of `odoo-addons/` can be installed. */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { bundleConsole, consoleAssets } from '#lib/bundle/bundle-console.ts';

const folder = resolve(import.meta.dirname, '..', consoleAssets);
await bundleConsole(folder);
for (const name of ['console.js', 'console.css']) {
  const { size } = await stat(join(folder, name));
  console.log(`${consoleAssets}/${name}: ${(size / 1000).toFixed(0)} kB`);
}
