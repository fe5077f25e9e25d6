import { readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';

const checkout = join(import.meta.dirname, '../..');

export interface AgentBundle {
  /** Paths below `outDir`, sorted. */
  readonly files: readonly string[];
  /** Folders of the packages that went into it, below the checkout: `node_modules/zod`. Sorted. */
  readonly packages: readonly string[];
}

export interface AgentBundleOptions {
  readonly outDir: string;
  /** TypeScript file, below the checkout. */
  readonly entry?: string;
  /**
   * Source files that read a file beside themselves by `import.meta`, whose place the package provides: another one
   * is refused, since it would only be missed on the PBX.
   */
  readonly readsBesideItself?: readonly string[];
}

const worker = /new URL\('\.\/([\w-]+)\.ts', import\.meta\.url\)/g;

/**
 * Bundles the agent into `<outDir>/agent.mjs`, and every worker thread that it starts by `new Worker(new URL(
 * './x.ts', import.meta.url))` into `<outDir>/x.mjs`. Not minified: a traceback from a PBX is read by people,
 * and Node beside it is forty times as large.
 */
export async function bundleAgent(options: AgentBundleOptions): Promise<AgentBundle> {
  const { outDir, entry = 'standalone/agent.ts', readsBesideItself = [] } = options;
  const workers = new Map<string, string>();
  const bundle = (entryPoints: Record<string, string>, write: boolean) =>
    build({
      absWorkingDir: checkout,
      entryPoints,
      outdir: outDir,
      outExtension: { '.js': '.mjs' },
      write,
      bundle: true,
      splitting: true,
      chunkNames: 'shared-[hash]',
      platform: 'node',
      target: 'node24',
      format: 'esm',
      mainFields: ['module', 'main'],
      alias: { '@aws-sdk/credential-provider-node': join(import.meta.dirname, 'no-credentials.ts') },
      // Their texts stand in the package's copyright file.
      legalComments: 'none',
      // Under another name than our own sources import it by.
      banner: {
        js: "import{createRequire as requireFrom}from'module';const require=requireFrom(import.meta.url);",
      },
      plugins: [findWorkers(workers, readsBesideItself)],
      metafile: true,
      logLevel: 'silent',
    });
  await bundle({ agent: entry }, false);
  const { metafile } = await bundle({ agent: entry, ...Object.fromEntries(workers) }, true);
  const files = Object.keys(metafile.outputs).map((path) => relative(outDir, join(checkout, path)));
  return { files: files.toSorted(), packages: packagesIn(metafile) };
}

/** Rewrites the address of a worker thread to its bundle; `workers` gets name and source file. */
function findWorkers(workers: Map<string, string>, readsBesideItself: readonly string[]): Plugin {
  return {
    name: 'worker-threads',
    setup(bundler) {
      bundler.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const source = readFileSync(path, 'utf8');
        if (path.includes('/node_modules/') || !source.includes('import.meta')) return undefined;
        const contents = source.replaceAll(worker, (_, name: string) => {
          workers.set(name, join(path, '..', `${name}.ts`));
          return `new URL('./${name}.mjs', import.meta.url)`;
        });
        const file = relative(checkout, path);
        if (contents === source && !readsBesideItself.includes(file)) {
          const text = `${file} uses import.meta: say in scripts/package/stage-package.ts where the file that it reads lies in the package`;
          return { errors: [{ text }] };
        }
        return { contents, loader: 'ts' };
      });
    },
  };
}

/** Folders of the packages that went into a bundle, sorted by name. */
export function packagesIn({ inputs }: Metafile): string[] {
  const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;
  const found = Object.keys(inputs).flatMap((path) => folder.exec(path)?.[0] ?? []);
  return [...new Set(found)].toSorted((a, b) => (basename(a) < basename(b) ? -1 : 1));
}
