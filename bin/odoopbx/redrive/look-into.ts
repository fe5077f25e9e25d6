import type { QueueMessage, Queues } from '../cloud/queues.ts';
import { type DeadLetter, type DeadLetterKind, describeDeadLetter } from './dead-letter.ts';

/** Long enough to look at a hundred messages; should we die meanwhile, they come back by themselves. */
const hideSeconds = 60;

/**
 * Looks at what lies in a DLQ, at most at `max` messages, and leaves all of it there. A FIFO queue hands out no
 * more of a message group while ten of it are out, so it may be fewer.
 */
export async function lookInto(
  queues: Queues,
  queue: string,
  kind: DeadLetterKind,
  max: number,
): Promise<DeadLetter[]> {
  const seen = new Map<string, QueueMessage>();
  try {
    while (seen.size < max) {
      const messages = await queues.receive(queue, hideSeconds);
      const fresh = messages.filter(({ id }) => !seen.has(id));
      for (const message of messages) seen.set(message.id, message);
      if (fresh.length === 0) break;
    }
  } finally {
    // In order: a FIFO queue hands its group out again in the order of the return.
    for (const message of seen.values()) await queues.release(queue, message);
  }
  return [...seen.values()].slice(0, max).map((message) => describeDeadLetter(kind, message));
}
