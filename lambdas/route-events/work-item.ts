import { amiBatchDetailType } from '#core/contracts/ami-batch.ts';
import type { AmiBatch, BatchItem } from '#core/contracts/ami-batch.ts';
import type { GatewayResult } from '#core/contracts/gateway.ts';
import { jobResultDetailType } from '#core/contracts/job-result.ts';
import type { JobResult } from '#core/contracts/job-result.ts';
import { sourceOf } from '#core/contracts/names.ts';
import type { PbxId } from '#core/contracts/names.ts';
import type { Rule } from '#core/contracts/rule.ts';
import type { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { InboxMessage, ParkedItem } from '#core/ports/inbox.ts';
import { OdooFault } from '#odoo/faults.ts';

/** An event with the rules that apply now. */
export interface EventWork {
  readonly kind: 'event';
  readonly message: InboxMessage;
  readonly pbx: PbxId;
  readonly batch: Pick<AmiBatch, 'epoch' | 'rulesVersion'>;
  /** Its `rules` are those of `rules`. */
  readonly item: BatchItem;
  readonly rules: readonly Rule[];
  /** Bytes on the way to Odoo, about. */
  readonly size: number;
}

/** A job's result with the callback that was kept for it. */
export interface ResultWork {
  readonly kind: 'result';
  readonly message: InboxMessage;
  readonly pbx: PbxId;
  readonly result: JobResult;
  readonly delivery: GatewayResult;
  readonly size: number;
}

export type WorkItem = EventWork | ResultWork;

/** What identifies a piece of work over redeliveries; with a rule, that rule's part of it. */
export function workKey(work: WorkItem, rule?: string): string {
  if (work.kind === 'result') return `${work.pbx}/job/${work.result.jobId}`;
  const key = `${work.pbx}/${work.batch.epoch}/${work.item.seq}`;
  return rule === undefined ? key : `${key}/${rule}`;
}

/** That it was given up is remembered for this message alone: redriven, it comes in another one and is tried anew. */
export function giveUpKey(work: WorkItem, key = workKey(work)): string {
  return `${work.message.id}/${key}`;
}

/** The work as a message of its own, with the error that stopped it; for an event, of the given rules alone. */
export function parkedWork(work: WorkItem, error: OdoopbxError, rules?: readonly string[]): ParkedItem {
  const traceback = error instanceof OdooFault ? error.traceback : undefined;
  const why = {
    source: sourceOf(work.pbx),
    code: error.code,
    message: error.message,
    ...(traceback === undefined ? {} : { traceback }),
  };
  if (work.kind === 'result') return { ...why, detailType: jobResultDetailType, detail: work.result };
  const item = rules === undefined ? work.item : { ...work.item, rules: [...rules] };
  const detail: AmiBatch = {
    v: 1,
    pbx: work.pbx,
    epoch: work.batch.epoch,
    firstSeq: item.seq,
    lastSeq: item.seq,
    rulesVersion: work.batch.rulesVersion,
    events: [item],
  };
  return { ...why, detailType: amiBatchDetailType, detail };
}
