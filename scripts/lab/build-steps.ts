import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './run.ts';
import { contentHash } from './settings.ts';
import { timed } from './progress.ts';

/** One step of building a root. It runs again when its recipe, or an earlier one, changed. */
export interface BuildStep {
  readonly name: string;
  /** Everything that decides the result. */
  readonly recipe: string;
  readonly build: () => Promise<void>;
}

interface Markers {
  /** The step that was begun; still there after a crash in its middle. */
  begun?: string;
  readonly done: Record<string, string>;
}

/**
 * Brings a root up to date. A step is done once its marker is written; a root whose building was
 * cut off in the middle of a step is thrown away and built anew. `beforeChange` stops what runs
 * from the root.
 */
export async function buildRoot(
  root: string,
  steps: readonly BuildStep[],
  beforeChange: () => Promise<void>,
): Promise<void> {
  let markers = await readMarkers(root);
  if (markers.begun !== undefined) {
    await beforeChange();
    await timed(`${root} was left half-built at "${markers.begun}", removing it`, () => removeTree(root));
    markers = { done: {} };
  }
  let before = '';
  let changed = false;
  for (const step of steps) {
    const version = contentHash(before, step.recipe);
    before = version;
    if (!changed && markers.done[step.name] === version) continue;
    if (!changed) await beforeChange();
    changed = true;
    await writeMarkers(root, { ...markers, begun: step.name });
    await timed(step.name, step.build);
    markers.done[step.name] = version;
    await writeMarkers(root, markers);
  }
}

export async function isBuilt(root: string): Promise<boolean> {
  const markers = await readMarkers(root);
  return markers.begun === undefined && Object.keys(markers.done).length > 0;
}

/** Removes a folder tree, but nothing that is mounted inside it. */
export async function removeTree(path: string): Promise<void> {
  const mounts = await mountsUnder(path);
  if (mounts.length > 0) {
    throw new Error(`Not removing ${path}: mounted inside it are ${mounts.join(', ')}`);
  }
  await run(['rm', '-rf', '--one-file-system', '--', path]);
  await rm(markerFile(path), { force: true });
}

async function mountsUnder(path: string): Promise<string[]> {
  const { stdout } = await run(['findmnt', '--raw', '--noheadings', '--output', 'TARGET']);
  return stdout.split('\n').filter((target) => target === path || target.startsWith(`${path}/`));
}

async function readMarkers(root: string): Promise<Markers> {
  try {
    return JSON.parse(await readFile(markerFile(root), 'utf8')) as Markers;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { done: {} };
    throw error;
  }
}

async function writeMarkers(root: string, markers: Markers): Promise<void> {
  const file = markerFile(root);
  await mkdir(join(root, '..'), { recursive: true });
  await writeFile(`${file}.new`, JSON.stringify(markers, null, 2));
  await rename(`${file}.new`, file);
}

function markerFile(root: string): string {
  return `${root}.built.json`;
}
