import { maxBatchBytes } from '#core/contracts/ami-batch.ts';
import { maxResultBytes } from '#core/contracts/job-result.ts';
import type { JobResult } from '#core/contracts/job-result.ts';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { SpooledEvent } from '#core/ports/event-spool.ts';
import { truncateEvent } from './truncate.ts';

/** What a row costs beside its text (rowid, times, index), for the bound in bytes. */
export const rowBytes = 64;

/** The batch's envelope with the longest names and numbers takes 305 bytes. */
const envelopeBytes = 512;
export const maxBodyBytes = maxBatchBytes - envelopeBytes;

/** A result's own envelope: ids, times and an error of 2,000 characters. */
const resultEnvelopeBytes = 9_000;

/** batchItemSchema takes at most this many rules. */
const maxRulesPerItem = 100;

export interface EventRecord {
  /** Unix milliseconds. */
  dueAt: number;
  spooledAt: number;
  /** `"at":…,"rules":[…],"event":{…}}`: an item of a batch but for its seq, encoded once and never again. */
  body: string;
  /** Bytes of the body, the row's own cost included. */
  bytes: number;
  /** See SpooledEvent. */
  told?: string;
  unlessTold?: boolean;
}

export interface ResultRecord {
  jobId: string;
  spooledAt: number;
  detail: string;
  bytes: number;
}

/** Encodes an event as rows; one row, or several where it has more rules than an item may carry. */
export function encodeEvent(item: SpooledEvent, now: number): { records: EventRecord[]; truncated: number } {
  const records: EventRecord[] = [];
  let truncated = 0;
  for (let first = 0; first < item.rules.length; first += maxRulesPerItem) {
    const rules = item.rules.slice(first, first + maxRulesPerItem);
    const head = `"at":${JSON.stringify(item.at)},"rules":${JSON.stringify(rules)},"event":`;
    let body = `${head}${JSON.stringify(item.event)}}`;
    let bytes = Buffer.byteLength(body);
    if (bytes > maxBodyBytes) {
      const room = maxBodyBytes - Buffer.byteLength(head) - 1;
      body = `${head}${JSON.stringify(truncateEvent(item.event, room))}}`;
      bytes = Buffer.byteLength(body);
      truncated += 1;
    }
    const dueAt = Number.isFinite(item.dueAt) ? Math.ceil(item.dueAt) : now;
    const { told, unlessTold = false } = item;
    const note = told === undefined ? {} : { told: `${told}/${first}`, unlessTold };
    records.push({ dueAt, spooledAt: now, body, bytes: bytes + rowBytes, ...note });
  }
  return { records, truncated };
}

/** Throws RESULT_TOO_LARGE: the bus would not carry it. */
export function encodeResult(result: JobResult, now: number): ResultRecord {
  const detail = JSON.stringify(result);
  const bytes = Buffer.byteLength(detail);
  if (bytes > maxResultBytes + resultEnvelopeBytes)
    throw new OdoopbxError(
      'RESULT_TOO_LARGE',
      `the result of job ${result.jobId} takes ${bytes} bytes, the bus carries ${maxResultBytes}`,
    );
  return { jobId: result.jobId, spooledAt: now, detail, bytes: bytes + rowBytes };
}
