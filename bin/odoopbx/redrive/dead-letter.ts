import { busEventSchema } from '#core/contracts/bus-entry.ts';
import type { QueueMessage } from '../cloud/queues.ts';

/** `parked`: Odoo could not take it; `undelivered`: it could not get from the bus into the inbox. */
export type DeadLetterKind = 'parked' | 'undelivered';

export interface DeadLetter {
  readonly kind: DeadLetterKind;
  readonly code: string;
  readonly message: string;
  readonly detailType: string;
  readonly source: string;
}

/** What a message in a DLQ says of itself. Its content (numbers, names) is not part of it. */
export function describeDeadLetter(kind: DeadLetterKind, { body, attributes }: QueueMessage): DeadLetter {
  const event = busEventSchema.safeParse(parsed(body));
  return {
    kind,
    // EventBridge's own names on the DLQ of a rule, route-events' on the tenant's.
    code: attributes['code'] ?? attributes['ERROR_CODE'] ?? 'unknown',
    message: attributes['message'] ?? attributes['ERROR_MESSAGE'] ?? '',
    detailType: event.success ? event.data['detail-type'] : 'not a bus event',
    source: event.success ? event.data.source : '',
  };
}

export interface DeadLetterGroup extends Omit<DeadLetter, 'source'> {
  readonly count: number;
}

/** Alike ones together, the most frequent first. */
export function groupDeadLetters(letters: readonly DeadLetter[]): DeadLetterGroup[] {
  const groups = new Map<string, DeadLetterGroup>();
  for (const { kind, code, message, detailType } of letters) {
    const key = JSON.stringify([kind, code, message, detailType]);
    groups.set(key, { kind, code, message, detailType, count: (groups.get(key)?.count ?? 0) + 1 });
  }
  return [...groups.values()].toSorted((a, b) => b.count - a.count);
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
