import { messageOf, OdoopbxError } from '#core/errors/odoopbx-error.ts';

/** What an error of the file system means to who asked for `name`. */
export function fileError(name: string, error: unknown): OdoopbxError {
  if (error instanceof OdoopbxError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'ENOENT':
      return new OdoopbxError('FILE_NOT_FOUND', `There is no ${name}`, { cause: error });
    // A link in the file's place, or in a folder's; a file in a folder's place; a device without a driver; a socket.
    case 'ELOOP':
    case 'ENOTDIR':
    case 'ENXIO':
    case 'ENODEV':
      return refused(name, 'a part of its path is a link, or no folder', error);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new OdoopbxError(
        'FILE_ACCESS',
        `The agent has no right to do that with ${name} (${code}): see "Files" in docs/agent.md`,
        { cause: error },
      );
    default:
      // The message of fs names a path of ours, under /proc.
      return new OdoopbxError('FILE_ACCESS', `${name}: ${code === '' ? messageOf(error) : code}`, {
        cause: error,
      });
  }
}

export function refused(name: string, why: string, cause?: unknown): OdoopbxError {
  return new OdoopbxError('FILE_REFUSED', `${name} is refused: ${why}`, { cause });
}
