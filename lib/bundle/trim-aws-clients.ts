import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { unmapped } from './own-source-maps.ts';

const registration = /^n0_registry\.registerError\((\w+)\$, \1\);$/gm;
const shape = /^((?:export )?var \w+\$? = )(\[[^;]*\]);$/gm;

/** The SDK tries again because the class says so, not by name or status. */
const retriedByClass = ['ReplicatedWriteConflictException'];

/**
 * Lets the AWS SDK's clients be cut down to the operations that our functions call (Parameter Store: 78 KB to 12 KB):
 *
 * - The description of a shape is an array of constants and arrows. It has computed keys, in which a bundler must
 *   suspect an effect; marked as pure, it is dropped where nobody refers to it.
 * - A client registers the classes of all errors that its service has. One that is not registered is thrown as the
 *   service's base exception with the same `name`, `message` and `$metadata`, by which the SDK decides on retries;
 *   `instanceof` needs the class, and those that our sources name are kept.
 */
export function trimAwsClients(checkout: string): Plugin {
  const sources = globSync(['aws/**/*.ts', 'lambdas/**/*.ts'], { cwd: checkout });
  const named = sources.flatMap(
    (file) => readFileSync(join(checkout, file), 'utf8').match(/\b[A-Z]\w+\b/g) ?? [],
  );
  const words = new Set([...named, ...retriedByClass]);
  return {
    name: 'trim-aws-clients',
    setup(build) {
      const files = /@aws-sdk\/client-[a-z-]+\/dist-es\/schemas\/schemas_0\.js$/;
      build.onLoad({ filter: files }, ({ path }) => {
        const source = readFileSync(path, 'utf8')
          .replaceAll(registration, (line, name: string) => (words.has(name) ? line : ''))
          .replaceAll(shape, '$1/* @__PURE__ */ (() => ($2))();');
        return { contents: unmapped(source), loader: 'js' };
      });
    },
  };
}
