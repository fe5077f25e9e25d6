import { run } from '#scripts/lab/run.ts';
import type { StagedFiles } from './staged-files.ts';

/** Makes the package of a tree; the same tree and time give the same bytes, whoever builds it and where. */
export async function packDeb(
  files: StagedFiles,
  file: string,
  { epoch, level }: { epoch: number; level: number },
): Promise<void> {
  await files.seal(epoch);
  // A fixed number of threads: xz cuts its blocks otherwise with one than with several.
  const pack = ['dpkg-deb', '--root-owner-group', '-Zxz', `-z${level}`, '--threads-max=2', '--build'];
  await run([...pack, files.root, file], { env: { SOURCE_DATE_EPOCH: String(epoch) } });
}
