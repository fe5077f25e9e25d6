import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { noEventStreams } from './no-event-streams.ts';
import { noJsonSchema } from './no-json-schema.ts';
import { nodeUuid } from './node-uuid.ts';
import { ownSourceMaps } from './own-source-maps.ts';
import { requireBuiltins } from './require-builtins.ts';
import { trimAwsClients } from './trim-aws-clients.ts';

const checkout = join(import.meta.dirname, '../..');

export interface LambdaBundle {
  /** Folder with `index.mjs` (which exports `handler`) and its source map. */
  readonly folder: string;
  /** Bytes of `index.mjs`. */
  readonly bytes: number;
}

/** Every folder of lambdas/ that has a handler. */
export function lambdaNames(): string[] {
  const lambdas = join(checkout, 'lambdas');
  return readdirSync(lambdas).filter((name) => existsSync(join(lambdas, name, 'handler.ts')));
}

/** Bundles the functions into `<outDir>/<name>/`: ESM for Node 24, minified, with source maps. */
export async function bundleLambdas(
  outDir: string,
  names: readonly string[] = lambdaNames(),
): Promise<ReadonlyMap<string, LambdaBundle>> {
  const bundles = await Promise.all(names.map((name) => bundleLambda(name, join(outDir, name))));
  return new Map(names.map((name, place) => [name, bundles[place] as LambdaBundle]));
}

async function bundleLambda(name: string, folder: string): Promise<LambdaBundle> {
  rmSync(folder, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: checkout,
    entryPoints: { index: `lambdas/${name}/handler.ts` },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify: true,
    sourcemap: 'linked',
    sourcesContent: false,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    // A Lambda's credentials are always in its environment: the chain of all other providers is 130 KB of nothing.
    alias: { '@aws-sdk/credential-provider-node': join(import.meta.dirname, 'lambda-credentials.ts') },
    plugins: [
      requireBuiltins,
      nodeUuid,
      noEventStreams,
      noJsonSchema,
      trimAwsClients(checkout),
      ownSourceMaps,
    ],
    banner: { js: "const require=process.getBuiltinModule('module').createRequire(import.meta.url);" },
    metafile: true,
    logLevel: 'silent',
  });
  const output = Object.entries(metafile.outputs).find(([file]) => file.endsWith('index.mjs'))?.[1];
  return { folder, bytes: output?.bytes ?? 0 };
}
