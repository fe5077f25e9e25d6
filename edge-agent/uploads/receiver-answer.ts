import { type UploadProgress, uploadProgressSchema, uploadRefusalSchema } from '#core/contracts/upload.ts';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { UploadAnswer } from './transport.ts';

/** Of these only the receiver itself can say something else later, and it says so by another status. */
const refusing = (status: number) => status >= 400 && status < 500 && status !== 408 && status !== 429;

/**
 * What the receiver says it has. Throws UPLOAD_REFUSED: retryable unless it is the receiver's own refusal, a redirect
 * (which is not followed: it could lead anywhere) or an answer that says that this will never pass.
 */
export function progressOf({ status, body }: UploadAnswer): UploadProgress {
  const value = parseJson(body);
  const progress = uploadProgressSchema.safeParse(value);
  if (progress.success && [200, 202, 409].includes(status)) return progress.data;
  const refusal = uploadRefusalSchema.safeParse(value);
  if (refusal.success && refusing(status)) {
    throw new OdoopbxError(
      'UPLOAD_REFUSED',
      `The receiver refused the file: ${refusal.data.error.slice(0, 300)}`,
    );
  }
  if (status >= 300 && status < 400) {
    throw new OdoopbxError(
      'UPLOAD_REFUSED',
      `The upload address answers with a redirect (${status}), which is not followed: correct web.base.url in Odoo`,
    );
  }
  if (status === 413) {
    throw new OdoopbxError('UPLOAD_REFUSED', 'A proxy before the receiver takes no requests of 1 MB (413)');
  }
  throw new OdoopbxError('UPLOAD_REFUSED', `The receiver answered ${status}`, { retryable: true });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
