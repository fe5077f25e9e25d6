import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';
import { unmapped } from './own-source-maps.ts';

/**
 * Lets the AWS SDK take its UUIDs from `node:crypto`. It looks at the global `crypto` and at `getRandomValues` when it
 * is loaded, which loads Web Crypto: 4 ms of a cold start for what `randomUUID` does as well.
 */
export const nodeUuid: Plugin = {
  name: 'node-uuid',
  setup(build) {
    const serde = '@smithy\\/core\\/dist-es\\/submodules\\/serde';
    build.onLoad({ filter: new RegExp(`${serde}\\/uuid\\/v4\\.js$`) }, () => ({
      contents: unmapped(
        "import { randomUUID } from 'node:crypto'; export const bindV4 = () => () => randomUUID();",
      ),
      loader: 'js',
    }));
    build.onLoad({ filter: new RegExp(`${serde}\\/index\\.js$`) }, ({ path }) => ({
      contents: unmapped(
        readFileSync(path, 'utf8')
          .replace('import { getRandomValues } from "node:crypto";', '')
          .replace('bindV4(_getRandomValues)', 'bindV4()')
          .replace('const _getRandomValues = getRandomValues;', ''),
      ),
      loader: 'js',
    }));
  },
};
