import { createHash } from 'node:crypto';
import { maxResultBytes } from '#core/contracts/job-result.ts';
import { type UploadAddress, uploadAddressSchema } from '#core/contracts/upload.ts';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { badArguments, type Kwargs, LargeResult } from './job-function.ts';

/** Room for the envelope of a result, and for what a result says besides. */
const envelopeBytes = 4000;

/** The most that a result may weigh as JSON to go by the bus. */
export const busBytes = maxResultBytes - envelopeBytes;

/**
 * The upload address of a job, for a result of `bytes`. Throws RESULT_TOO_LARGE where there is none or the file is too
 * large for it, JOB_BAD_ARGUMENTS.
 */
export function uploadAddressFor(fun: string, kwargs: Kwargs, bytes: number): UploadAddress {
  const given = kwargs['upload'];
  if (given === undefined || given === null || given === false) {
    throw tooLarge(`${fun}: ${bytes} bytes are too many for the bus, and the job brings no upload address`);
  }
  const address = uploadAddressSchema.safeParse(given);
  if (!address.success) {
    const [issue] = address.error.issues;
    throw badArguments(fun, `upload.${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`);
  }
  const { max_bytes: most } = address.data;
  if (most !== undefined && bytes > most)
    throw tooLarge(`${fun}: it has ${bytes} bytes; the address takes ${most}`);
  return address.data;
}

/** The value itself, or what has to be uploaded in its place when the bus does not carry it. */
export function byBusOrUpload(fun: string, kwargs: Kwargs, value: unknown): unknown {
  const text = JSON.stringify(value);
  if (Buffer.byteLength(text) <= busBytes) return value;
  const content = Buffer.from(text);
  const address = uploadAddressFor(fun, kwargs, content.length);
  const sha256 = createHash('sha256').update(content).digest('hex');
  return new LargeResult(
    address,
    { bytes: content.length, sha256, answer: {}, source: { kind: 'staged' } },
    content,
  );
}

function tooLarge(message: string): OdoopbxError {
  return new OdoopbxError('RESULT_TOO_LARGE', message);
}
