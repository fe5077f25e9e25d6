import { createHash, randomUUID } from 'node:crypto';

/** A message as ReceiveMessage gives it. */
export interface ReceivedMessage {
  readonly id: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly group: string;
  readonly receiveCount: number;
  readonly firstReceivedAt: number;
}

interface Kept {
  readonly id: string;
  readonly body: string;
  readonly group: string;
  visibleAt: number;
  receiptHandle: string;
  receiveCount: number;
  firstReceivedAt: number;
}

const dedupMs = 300_000;

/**
 * An SQS FIFO queue by AWS's documents, in time that the test moves: up to ten messages of a group at once and in
 * order, none of the group while one is in flight, duplicates within 5 minutes dropped, a receipt handle that counts
 * until the message is visible again. (fauxqs hands out one message per group and receive, moto loses the order.)
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
 */
export class FifoQueue {
  readonly #now: () => number;
  readonly #visibilityMs: number;
  readonly #messages: Kept[] = [];
  readonly #seen = new Map<string, number>();

  constructor(now: () => number, visibilitySeconds: number) {
    this.#now = now;
    this.#visibilityMs = visibilitySeconds * 1000;
  }

  get size(): number {
    return this.#messages.length;
  }

  /** Unix milliseconds at which a message that is in flight becomes visible; undefined where none is. */
  get nextVisibleAt(): number | undefined {
    const later = this.#messages.map(({ visibleAt }) => visibleAt).filter((at) => at > this.#now());
    return later.length === 0 ? undefined : Math.min(...later);
  }

  send(body: string, group: string): void {
    const dedup = createHash('sha256').update(body).digest('hex');
    const before = this.#seen.get(dedup);
    if (before !== undefined && this.#now() - before < dedupMs) return;
    this.#seen.set(dedup, this.#now());
    const fresh = { visibleAt: 0, receiptHandle: '', receiveCount: 0, firstReceivedAt: 0 };
    this.#messages.push({ id: randomUUID(), body, group, ...fresh });
  }

  receive(max = 10): ReceivedMessage[] {
    const now = this.#now();
    const locked = new Set(
      this.#messages.filter(({ visibleAt }) => visibleAt > now).map(({ group }) => group),
    );
    const free = this.#messages.filter(({ group }) => !locked.has(group));
    const taken = free.filter(({ group }) => group === free[0]?.group).slice(0, max);
    return taken.map((message) => {
      message.receiptHandle = randomUUID();
      message.receiveCount += 1;
      message.visibleAt = now + this.#visibilityMs;
      message.firstReceivedAt ||= now;
      return { ...message };
    });
  }

  /** False where the handle counts no more. */
  changeVisibility(receiptHandle: string, seconds: number): boolean {
    const message = this.#inFlight(receiptHandle);
    if (message !== undefined) message.visibleAt = this.#now() + seconds * 1000;
    return message !== undefined;
  }

  delete(receiptHandle: string): boolean {
    const message = this.#inFlight(receiptHandle);
    if (message !== undefined) this.#messages.splice(this.#messages.indexOf(message), 1);
    return message !== undefined;
  }

  #inFlight(receiptHandle: string): Kept | undefined {
    const message = this.#messages.find((kept) => kept.receiptHandle === receiptHandle);
    return message !== undefined && message.visibleAt > this.#now() ? message : undefined;
  }
}
