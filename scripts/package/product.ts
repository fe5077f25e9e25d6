import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { run } from '#scripts/lab/run.ts';
import { PackageError } from './fail.ts';

export const checkout = resolve(import.meta.dirname, '../..');

/** What the package says of the product. */
export interface Product {
  readonly version: string;
  /** Node's version that the product is tested with. */
  readonly node: string;
  /** `Name <address>`. */
  readonly maintainer: string;
  /** Unix seconds: the time of every file, so that the same sources give the same bytes. */
  readonly epoch: number;
}

const manifestSchema = z.object({
  version: z.string(),
  devDependencies: z.object({ node: z.string().regex(/^\d+\.\d+\.\d+$/, 'must be an exact version') }),
});

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Time and maintainer are those of the last commit, unless SOURCE_DATE_EPOCH and DEBFULLNAME with DEBEMAIL say
 * otherwise, as everywhere in Debian. Throws PackageError.
 */
export async function readProduct(env: Environment = process.env): Promise<Product> {
  const manifest = manifestSchema.parse(JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')));
  const { version, devDependencies } = manifest;
  const commit = await lastCommit();
  const epoch = env['SOURCE_DATE_EPOCH'] ?? commit?.at;
  if (epoch === undefined || !/^\d+$/.test(epoch)) {
    throw new PackageError(
      'The time of the last commit is not known (is this a git checkout?): set SOURCE_DATE_EPOCH to Unix seconds.',
    );
  }
  const { DEBFULLNAME: name, DEBEMAIL: address } = env;
  const maintainer = name && address ? `${name} <${address}>` : commit?.author;
  if (maintainer === undefined) {
    throw new PackageError('Who maintains the package is not known: set DEBFULLNAME and DEBEMAIL.');
  }
  return { version, node: devDependencies.node, maintainer, epoch: Number(epoch) };
}

async function lastCommit(): Promise<{ at: string; author: string } | undefined> {
  try {
    const { stdout } = await run(['git', 'log', '-1', '--format=%ct%n%an <%ae>'], { cwd: checkout });
    const [at = '', author = ''] = stdout.split('\n');
    return { at, author };
  } catch {
    return undefined;
  }
}
