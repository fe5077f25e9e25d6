import type { Json } from '../contracts/job.ts';

/** A result that goes to the upload address of its job because the bus does not carry it. JSON: the journal keeps it. */
export interface UploadOrder {
  readonly jobId: string;
  readonly url: string;
  readonly database?: string;
  /** Unix seconds; given up then. */
  readonly deadline: number;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
  /** A recording as it was at `modifiedAt` (Unix milliseconds), or what was staged under the job's id. */
  readonly source:
    | { readonly kind: 'recording'; readonly name: string; readonly modifiedAt: number }
    | { readonly kind: 'staged' };
  /** What the result says besides what became of the upload. */
  readonly answer: { readonly [key: string]: Json };
}

export interface Uploader {
  /** Keeps content for the upload of a job; it is on disk when this resolves. */
  stage(jobId: string, content: Uint8Array): Promise<void>;
  /**
   * Resolves with the job's result once the other side has all of it, however long that takes and wherever an earlier
   * call was interrupted. Rejects UPLOAD_REFUSED, UPLOAD_EXPIRED, FILE_*, and when `signal` aborts.
   */
  upload(order: UploadOrder, signal: AbortSignal): Promise<Json>;
  /** Removes what was staged for a job. */
  forget(jobId: string): Promise<void>;
  /** Removes what was staged for jobs other than these. */
  tidy(jobIds: readonly string[]): Promise<void>;
}
