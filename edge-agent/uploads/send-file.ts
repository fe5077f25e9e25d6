import type { UploadProgress } from '#core/contracts/upload.ts';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { OpenFile } from '#core/ports/file-folder.ts';
import type { UploadOrder } from '#core/ports/uploader.ts';
import { progressOf } from './receiver-answer.ts';
import type { UploadTransport } from './transport.ts';

/** What a proxy takes in one request unless told otherwise (nginx: 1 MiB); all of a file that is in memory at once. */
export const chunkBytes = 1_000_000;
/** A chunk passes in it at 70 kbit/s. */
const timeoutMs = 120_000;

export interface SendOptions {
  readonly url: URL;
  readonly open: () => Promise<OpenFile>;
  readonly transport: UploadTransport;
  readonly signal: AbortSignal;
  /** Whether the order's deadline is over; a slow line may reach it between two pieces. */
  readonly isLate: () => boolean;
}

/** Sends what the receiver has not got yet. Rejects UPLOAD_REFUSED, FILE_*, and when the network fails. */
export async function sendFile(order: UploadOrder, options: SendOptions): Promise<UploadProgress> {
  const { url, open, transport, signal } = options;
  const progress = progressOf(
    await transport({ url, timeoutMs, signal, method: 'GET', headers: place(order) }),
  );
  // It may be done and the answer that said so lost; the file itself may be gone by now.
  if (progress.done) return progress;
  const file = await open();
  try {
    return await sendRest(order, file, progress.offset, options);
  } finally {
    await file.close();
  }
}

function place({ database }: UploadOrder): Record<string, string> {
  return database === undefined ? {} : { 'x-odoo-database': database };
}

async function sendRest(
  order: UploadOrder,
  file: OpenFile,
  offset: number,
  { url, transport, signal, isLate }: SendOptions,
): Promise<UploadProgress> {
  const { bytes, sha256 } = order;
  const digest = `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`;
  for (let from = offset; ;) {
    if (isLate()) throw new OdoopbxError('UPLOAD_EXPIRED', 'The file could not be delivered in time');
    if (from > bytes) throw new OdoopbxError('UPLOAD_REFUSED', 'The receiver has more than was sent');
    const body = await file.read(from, Math.min(chunkBytes, bytes - from));
    if (body.length === 0 && bytes > from) throw new OdoopbxError('FILE_CHANGED', 'The file became shorter');
    const headers = {
      ...place(order),
      'content-type': 'application/octet-stream',
      'content-range': `bytes ${body.length === 0 ? '*' : `${from}-${from + body.length - 1}`}/${bytes}`,
      'repr-digest': digest,
    };
    const progress = progressOf(await transport({ url, timeoutMs, signal, method: 'PUT', headers, body }));
    if (progress.done) return progress;
    // Neither forward nor done: another one writes there, or it is confused. Later, then.
    if (progress.offset <= from) {
      throw new OdoopbxError('UPLOAD_REFUSED', 'The receiver did not take what was sent', {
        retryable: true,
      });
    }
    from = progress.offset;
  }
}
