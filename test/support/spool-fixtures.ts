import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { amiBatchSchema } from '#core/contracts/ami-batch.ts';
import type { AmiBatch } from '#core/contracts/ami-batch.ts';
import type { JobResult } from '#core/contracts/job-result.ts';
import type { BusEntry } from '#core/ports/bus.ts';
import type { SpooledEvent } from '#core/ports/event-spool.ts';
import type { Logger } from '#core/ports/logger.ts';

export const pbx = 'acme_hq';

/** A folder of its own for one test's spool. */
export function spoolFolder(): { path: string; folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'odoopbx-spool-'));
  return {
    folder,
    path: join(folder, 'spool.sqlite'),
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An event that a test recognises by its Uniqueid, due at `dueAt` (Unix milliseconds). */
export function hangup(uniqueid: string, dueAt: number, extra: Record<string, string> = {}): SpooledEvent {
  return { event: { Event: 'Hangup', Uniqueid: uniqueid, ...extra }, at: dueAt / 1000, rules: ['7'], dueAt };
}

export function jobResult(jobId: string, result: JobResult['result'] = 'pong'): JobResult {
  return { v: 1, pbx, jobId, status: 'done', result, startedAt: 1_790_000_000, finishedAt: 1_790_000_001 };
}

/** The AMI batches among bus entries, each checked against the contract. */
export function batchesOf(entries: readonly BusEntry[]): AmiBatch[] {
  return entries
    .filter(({ detailType }) => detailType === 'ami.batch.v1')
    .map(({ detail }) => amiBatchSchema.parse(JSON.parse(detail)));
}

export function uniqueidsOf(entries: readonly BusEntry[]): string[] {
  return batchesOf(entries).flatMap(({ events }) => events.map(({ event }) => String(event['Uniqueid'])));
}

export function kindsOf(entries: readonly BusEntry[]): string[] {
  return entries.map(({ detailType }) => detailType);
}

/** A logger that keeps what was said, as `level message`, with its fields. */
export function keepingLogger(): Logger & { said: { line: string; fields: Record<string, unknown> }[] } {
  const said: { line: string; fields: Record<string, unknown> }[] = [];
  const keep =
    (level: string) =>
    (message: string, fields: Record<string, unknown> = {}): void => {
      said.push({ line: `${level} ${message}`, fields });
    };
  return { said, debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
}
