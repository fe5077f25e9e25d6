import { messageOf } from '#core/errors/odoopbx-error.ts';
import type { MessageOutcome, ParkedItem } from '#core/ports/inbox.ts';
import type { Waiting } from './leave-in-inbox.ts';
import { readRecords, type InboxRecord } from './read-records.ts';
import { retryDelaySeconds } from './retry-delay.ts';
import type { RouteDeps } from './route-deps.ts';
import { routeMessages } from './route-messages.ts';

/** What Lambda is told: these stay in the inbox, all others are deleted there. */
export interface BatchAnswer {
  readonly batchItemFailures: { itemIdentifier: string }[];
}

export interface BatchDeps extends RouteDeps {
  /** Puts into the tenant's DLQ what was given up of a message. Rejects where it is not there. */
  readonly park: (messageId: string, items: readonly ParkedItem[]) => Promise<void>;
  /** Lets messages come again after their time. Never rejects. */
  readonly leaveInInbox: (waiting: readonly Waiting[]) => Promise<void>;
}

/** For parking and setting times, at the end. */
const settleMs = 4000;

/**
 * Takes one batch of the inbox to Odoo. Only what is done is deleted: delivered, or kept in the DLQ. Rejects only
 * on an event that is none of SQS.
 */
export async function routeBatch(
  event: unknown,
  remainingMs: () => number,
  deps: BatchDeps,
): Promise<BatchAnswer> {
  const records = readRecords(event);
  const messages = records.map(({ message }) => message);
  const outcomes = await routeMessages(messages, deps, { remainingMs: () => remainingMs() - settleMs });
  const left: (Waiting & { id: string })[] = [];
  for (const [place, outcome] of outcomes.entries()) {
    const record = records[place];
    if (record === undefined) continue;
    const afterSeconds = await settle(outcome, record, remainingMs, deps);
    const { receiptHandle } = record;
    if (afterSeconds !== undefined) left.push({ id: outcome.id, receiptHandle, afterSeconds });
  }
  if (left.length > 0) await deps.leaveInInbox(left);
  deps.logger.info('routed', { messages: messages.length, left: left.length });
  return { batchItemFailures: left.map(({ id }) => ({ itemIdentifier: id })) };
}

/** Undefined where the message is done with; else in how many seconds it has to come again. */
async function settle(
  outcome: MessageOutcome,
  { message }: InboxRecord,
  remainingMs: () => number,
  { park, random, logger }: BatchDeps,
): Promise<number | undefined> {
  if (outcome.outcome === 'done') return undefined;
  if (outcome.outcome === 'retry') return outcome.afterSeconds;
  if (remainingMs() < settleMs / 2) return 0;
  try {
    await park(outcome.id, outcome.parked);
    return undefined;
  } catch (error) {
    logger.error('what was given up could not be parked', { messageId: outcome.id, error: messageOf(error) });
    return retryDelaySeconds(message.receiveCount, random.fraction());
  }
}
