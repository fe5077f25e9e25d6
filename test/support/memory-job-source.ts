import type { JobSource, ReceivedJob } from '#core/ports/job-source.ts';

/** A job queue in memory: at least once, like SQS. What was received and not deleted comes again on `redeliver`. */
export class MemoryJobSource implements JobSource {
  deleted: string[] = [];
  /** Thrown by the next receives, one each. */
  failures: Error[] = [];
  deletionFails = false;
  private waiting: ReceivedJob[] = [];
  private readonly inFlight = new Map<string, ReceivedJob>();
  private wake: (() => void) | undefined;
  private count = 0;

  /** Puts a message in; returns its receipt. */
  send(body: unknown): string {
    this.count += 1;
    const receipt = `receipt-${this.count}`;
    this.waiting.push({ body: typeof body === 'string' ? body : JSON.stringify(body), receipt });
    this.wake?.();
    return receipt;
  }

  /** The visibility time-out is over. */
  redeliver(): void {
    this.waiting.push(...this.inFlight.values());
    this.inFlight.clear();
    this.wake?.();
  }

  get size(): number {
    return this.waiting.length + this.inFlight.size;
  }

  async receive({
    max,
    waitMs,
    signal,
  }: {
    max: number;
    waitMs: number;
    signal?: AbortSignal;
  }): Promise<ReceivedJob[]> {
    const failure = this.failures.shift();
    if (failure) throw failure;
    if (this.waiting.length === 0 && !signal?.aborted && waitMs > 0) await this.arrival(waitMs, signal);
    if (signal?.aborted) return [];
    const messages = this.waiting.splice(0, Math.min(max, 10));
    for (const message of messages) this.inFlight.set(message.receipt, message);
    return messages;
  }

  async delete(receipt: string): Promise<void> {
    if (this.deletionFails) throw new Error('the queue does not answer');
    this.deleted.push(receipt);
    this.inFlight.delete(receipt);
    this.waiting = this.waiting.filter((message) => message.receipt !== receipt);
  }

  private async arrival(waitMs: number, signal?: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      const done = () => {
        clearTimeout(timer);
        resolve();
      };
      this.wake = done;
      signal?.addEventListener('abort', done, { once: true });
    });
    this.wake = undefined;
  }
}
