import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';

/** A map of the first character alone: https://github.com/evanw/esbuild/issues/1685 */
const emptyMap = Buffer.from('{"version":3,"sources":[""],"mappings":"AAAA"}').toString('base64');

/** The source of a package, left out of the map. */
export function unmapped(source: string): string {
  return `${source}\n//# sourceMappingURL=data:application/json;base64,${emptyMap}`;
}

/**
 * Leaves packages out of the source map. Node reads the whole map when a function starts (`--enable-source-maps`),
 * and nine tenths of it would be for code that is not ours.
 */
export const ownSourceMaps: Plugin = {
  name: 'own-source-maps',
  setup(build) {
    build.onLoad({ filter: /\/node_modules\/.*\.m?js$/ }, ({ path }) => ({
      contents: unmapped(readFileSync(path, 'utf8')),
      loader: 'js',
    }));
  },
};
