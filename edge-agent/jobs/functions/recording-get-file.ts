import { createHash } from 'node:crypto';
import type { OpenFile } from '#core/ports/file-folder.ts';
import { type JobFunction, LargeResult } from './job-function.ts';
import { recordingName } from './recording-name.ts';
import { busBytes, uploadAddressFor } from './upload-argument.ts';

/** Of base64 four bytes stand for three. */
const byBusBytes = Math.floor((busBytes * 3) / 4);
const readBytes = 1_000_000;

/**
 * Gives a recording: `{file_name, bytes, sha256}` and, up to 147 KB, `file_data` (base64). A larger one goes to the
 * job's upload address (kwargs `upload`); the answer then has what the receiver made of it, `attachment_id`.
 */
export const recordingGetFile: JobFunction = {
  name: 'recording.get_file',
  async run(args, kwargs, { files, signal }) {
    const name = recordingName(this.name, args, kwargs, files);
    const file = await files.recordings.open(name);
    try {
      const { bytes, modifiedAt } = file;
      const answer = { file_name: name };
      if (bytes <= byBusBytes) {
        const content = Buffer.from(await file.read(0, bytes));
        const sha256 = createHash('sha256').update(content).digest('hex');
        return { ...answer, bytes: content.length, sha256, file_data: content.toString('base64') };
      }
      const address = uploadAddressFor(this.name, kwargs, bytes);
      const sha256 = await hashOf(file, signal);
      return new LargeResult(address, {
        bytes,
        sha256,
        answer,
        source: { kind: 'recording', name, modifiedAt },
      });
    } finally {
      await file.close();
    }
  },
};

async function hashOf(file: OpenFile, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for (let offset = 0; offset < file.bytes;) {
    signal.throwIfAborted();
    const content = await file.read(offset, Math.min(readBytes, file.bytes - offset));
    // It became shorter: the upload, which opens it again, says so.
    if (content.length === 0) break;
    hash.update(content);
    offset += content.length;
  }
  return hash.digest('hex');
}
