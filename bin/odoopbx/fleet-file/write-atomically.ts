import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { OdoopbxError, messageOf } from '#core/errors/odoopbx-error.ts';

/** Either the old file stays or the new one is whole, also when the machine goes down. Throws CONFIG_INVALID. */
export function writeAtomically(path: string, text: string): void {
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    const mode = existsSync(path) ? statSync(path).mode & 0o777 : 0o644;
    const file = openSync(draft, 'wx', mode);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw new OdoopbxError('CONFIG_INVALID', `${path} can not be written: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
