import { messageOf, OdoopbxError } from '#core/errors/odoopbx-error.ts';

/** What keeps a part of the cloud from working, for the status. */
export interface Problem {
  code: string;
  message: string;
}

/** The reason behind an error: who could not publish for want of credentials has to hear about the credentials. */
export function problemOf(error: unknown): Problem {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof OdoopbxError && at.code.startsWith('CLOUD_')) {
      return { code: at.code, message: at.message.slice(0, 500) };
    }
  }
  const code = error instanceof OdoopbxError ? error.code : 'CLOUD_UNREACHABLE';
  return { code, message: messageOf(error).slice(0, 500) };
}
