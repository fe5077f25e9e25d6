/*
 * Uploads that do not give up: an upload ends when the receiver has the whole file, when it refuses for good, or at
 * its deadline. What is between them and the file (a cut connection, an Odoo that is down, a restart of this agent) is
 * waited for. Each try asks the receiver first how much it has and goes on from there.
 */
import { messageOf, OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { FileFolder, OpenFile } from '#core/ports/file-folder.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Random } from '#core/ports/random.ts';
import type { Uploader, UploadOrder } from '#core/ports/uploader.ts';
import { sendFile } from './send-file.ts';
import type { Staging } from './staging.ts';
import type { UploadTransport } from './transport.ts';
import { type AddressRules, uploadAddress } from './upload-address.ts';
import { createTurns } from './turns.ts';

export interface UploaderOptions {
  recordings: FileFolder;
  staging: Staging;
  transport: UploadTransport;
  addresses: AddressRules;
  clock: Clock;
  random: Random;
  logger: Logger;
  /** Files that are on their way at the same time; default 2: calls need the line too. */
  concurrency?: number;
}

const longestPauseMs = 300_000;

export function createUploader(options: UploaderOptions): Uploader {
  const { recordings, staging, transport, addresses, clock, random, logger } = options;
  const turns = createTurns(options.concurrency ?? 2);

  async function openSource({ source, bytes, jobId }: UploadOrder): Promise<OpenFile> {
    if (source.kind === 'staged') return staging.open(jobId);
    const file = await recordings.open(source.name);
    if (file.bytes === bytes && file.modifiedAt === source.modifiedAt) return file;
    await file.close();
    throw new OdoopbxError(
      'FILE_CHANGED',
      `${source.name} changed while it was sent: is the call still going on?`,
    );
  }

  function tryOnce(order: UploadOrder, signal: AbortSignal) {
    const url = uploadAddress(order.url, addresses);
    const isLate = () => clock.now() >= order.deadline * 1000;
    return sendFile(order, { url, open: () => openSource(order), transport, signal, isLate });
  }

  return {
    stage: (jobId, content) => staging.put(jobId, content),
    async upload(order, signal) {
      const { jobId, bytes, sha256, answer } = order;
      for (let attempt = 1; ; attempt += 1) {
        try {
          const { attachment_id } = await turns.run(() => tryOnce(order, signal), signal);
          logger.info('file uploaded', { jobId, bytes, attempt });
          return { ...answer, bytes, sha256, ...(attachment_id === undefined ? {} : { attachment_id }) };
        } catch (error) {
          signal.throwIfAborted();
          const pauseMs = pauseAfter(attempt, random);
          const late = clock.now() + pauseMs >= order.deadline * 1000;
          if (!mayRetry(error) || late) throw mayRetry(error) ? expired(error) : error;
          // No part of the address: whoever has it may write there.
          logger.warn('file not uploaded, trying again', {
            jobId,
            attempt,
            pauseMs,
            error: messageOf(error),
          });
          await clock.sleep(pauseMs, signal);
          signal.throwIfAborted();
        }
      }
    },
    forget: (jobId) => staging.remove(jobId),
    async tidy(jobIds) {
      for (const name of await staging.list()) if (!jobIds.includes(name)) await staging.remove(name);
    },
  };
}

/** What is not known for an end is a failure of the network. */
function mayRetry(error: unknown): boolean {
  return !(error instanceof OdoopbxError) || error.retryable;
}

function expired(cause: unknown): OdoopbxError {
  const text = `The file could not be delivered in time; the last failure: ${messageOf(cause)}`;
  return new OdoopbxError('UPLOAD_EXPIRED', text, { cause });
}

/** Milliseconds before the next try: doubling from two seconds to five minutes, half of it jitter. */
function pauseAfter(attempt: number, random: Random): number {
  const ceiling = Math.min(longestPauseMs, 2000 * 2 ** Math.min(attempt - 1, 10));
  return ceiling / 2 + (random.fraction() * ceiling) / 2;
}
