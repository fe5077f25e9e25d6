import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildRoot, removeTree } from './build-steps.ts';
import { installOnHost } from './debian-root.ts';
import { run } from './run.ts';
import { checkout, paths } from './settings.ts';

const root = paths.lambdaRic;
const sources = join(checkout, 'scripts/lab/lambda-ric');
const files = ['package.json', 'package-lock.json'] as const;

/** Node's program for a function's bundle: what AWS's own images start. */
export const lambdaRicProgram = join(root, 'node_modules/aws-lambda-ric/index.mjs');

/** Compiles AWS Lambda's runtime interface client: a native module with curl in it. */
export async function buildLambdaRic(): Promise<void> {
  const recipe = await Promise.all(files.map((file) => readFile(join(sources, file), 'utf8')));
  const step = { name: 'Lambda runtime interface client', recipe: recipe.join('\n'), build: compile };
  await buildRoot(root, [step], async () => {});
}

/** Of what is built; empty where nothing is. */
export async function lambdaRicVersion(): Promise<string> {
  const file = join(root, 'node_modules/aws-lambda-ric/package.json');
  if (!existsSync(file)) return '';
  return (JSON.parse(await readFile(file, 'utf8')) as { version: string }).version;
}

async function compile(): Promise<void> {
  await installOnHost(['cmake', 'g++', 'make', 'python3', 'xz-utils']);
  await removeTree(root);
  await mkdir(root, { recursive: true });
  for (const file of files) await copyFile(join(sources, file), join(root, file));
  const logFile = join(paths.log, 'build-lambda-ric.log');
  await run(['npm', 'ci', '--no-audit', '--no-fund'], { cwd: root, logFile, env: nodeHeaders() });
}

/** The module uses Node-API alone, so any Node's headers do: with some at hand, none are downloaded. */
function nodeHeaders(): Record<string, string> {
  const nodedir = '/usr';
  return existsSync(join(nodedir, 'include/node/node_api.h')) ? { npm_config_nodedir: nodedir } : {};
}
