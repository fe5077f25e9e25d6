import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { unmapped } from './own-source-maps.ts';

const registration = /^n0_registry\.registerError\((\w+)\$, \1\);$/gm;

/** The SDK tries again because the class says so, not by name or status. */
const retriedByClass = ['ReplicatedWriteConflictException'];

/**
 * Leaves the classes of the errors that nobody names out of the AWS SDK's clients: a client registers all that its
 * service has, 141 for Parameter Store, and so no bundler can drop them (40 KB there). An error that is not
 * registered is thrown as the service's base exception with the same `name`, `message` and `$metadata`, by which the
 * SDK decides on retries; `instanceof` needs the class, and those that our sources name are kept.
 */
export function usedErrors(checkout: string): Plugin {
  const sources = globSync(['aws/**/*.ts', 'lambdas/**/*.ts'], { cwd: checkout });
  const named = sources.flatMap(
    (file) => readFileSync(join(checkout, file), 'utf8').match(/\b[A-Z]\w+\b/g) ?? [],
  );
  const words = new Set([...named, ...retriedByClass]);
  return {
    name: 'used-errors',
    setup(build) {
      build.onLoad({ filter: /@aws-sdk\/client-[a-z-]+\/dist-es\/schemas\/schemas_0\.js$/ }, ({ path }) => ({
        contents: unmapped(
          readFileSync(path, 'utf8').replaceAll(registration, (line, name: string) =>
            words.has(name) ? line : '',
          ),
        ),
        loader: 'js',
      }));
    },
  };
}
