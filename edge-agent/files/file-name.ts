import { OdoopbxError } from '#core/errors/odoopbx-error.ts';

const maxLength = 1000;
/** Room for what is added to the last part (a draft, `.bak`) within a file system's 255 bytes. */
const maxPartBytes = 200;

/**
 * The parts of a name relative to a folder. Throws JOB_BAD_ARGUMENTS for an absolute one, for `.` and `..`, for hidden
 * files, for control characters and for what is too long.
 */
export function partsOf(name: string): string[] {
  if (name === '' || name.length > maxLength) throw badName(name, 'it is empty or too long');
  // oxlint-disable-next-line no-control-regex -- no file of Asterisk's has one, and a log line must not break
  if (/[\0-\x1f\x7f]/.test(name)) throw badName(name, 'it holds a control character');
  if (name.startsWith('/')) throw badName(name, 'it must be relative to the folder');
  const parts = name.split('/');
  for (const part of parts) {
    if (part === '') throw badName(name, 'it has an empty part');
    if (part.startsWith('.')) throw badName(name, 'no part may begin with a dot');
    if (Buffer.byteLength(part) > maxPartBytes) throw badName(name, 'a part of it is too long');
  }
  return parts;
}

function badName(name: string, why: string): OdoopbxError {
  return new OdoopbxError(
    'JOB_BAD_ARGUMENTS',
    `${JSON.stringify(name.slice(0, 200))} is no file name: ${why}`,
  );
}
