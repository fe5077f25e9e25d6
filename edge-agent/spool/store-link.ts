import { Worker } from 'node:worker_threads';
import type { ErrorCode } from '#core/errors/error-codes.ts';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { StoreCalls, StoreOptions, StoreState } from './store-calls.ts';

export interface StoreQuestion {
  id: number;
  call: keyof StoreCalls | 'close';
  args: unknown;
}

export type StoreAnswer =
  | { kind: 'opened'; epoch: string; state: StoreState }
  | { kind: 'done'; id: number; value: unknown; state?: StoreState }
  | { kind: 'failed'; id: number; code: ErrorCode; message: string; retryable: boolean; state?: StoreState }
  | { kind: 'log'; level: keyof Logger; message: string; fields: Record<string, unknown> };

/** The store from the agent's side: the same calls, each answered by a promise, in order. */
export interface StoreLink {
  readonly epoch: string;
  /** As of the last answer. */
  readonly state: StoreState;
  call<K extends keyof StoreCalls>(
    call: K,
    args: Parameters<StoreCalls[K]>[0],
  ): Promise<ReturnType<StoreCalls[K]>>;
  close(): Promise<void>;
}

export type OpenStore = (options: StoreOptions, logger: Logger) => Promise<StoreLink>;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/**
 * Opens the store in a worker thread. Should the thread die, every call rejects and the agent ends with an
 * uncaught exception: a new start finds all that was committed, going on without a spool would lose events.
 */
export const openStoreThread: OpenStore = (options, logger) => {
  const worker = new Worker(new URL('./store-thread.ts', import.meta.url), { workerData: options });
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let state: StoreState;
  let dead: OdoopbxError | undefined;

  const ask = (call: StoreQuestion['call'], args: unknown): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (dead !== undefined) return reject(dead);
      lastId += 1;
      waiting.set(lastId, { resolve, reject });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      worker.postMessage({ id: lastId, call, args } satisfies StoreQuestion);
    });

  return new Promise((resolve, reject) => {
    waiting.set(0, { resolve, reject });
    const end = (error: OdoopbxError): void => {
      dead ??= error;
      for (const asked of waiting.values()) asked.reject(dead);
      waiting.clear();
      if (state !== undefined) state = { ...state, acceptsJobs: false };
    };
    worker.on('message', (answer: StoreAnswer) => {
      if (answer.kind === 'log') return logger[answer.level](answer.message, answer.fields);
      if (answer.kind === 'opened') {
        ({ state } = answer);
        waiting.delete(0);
        return resolve({
          epoch: answer.epoch,
          get state() {
            return state;
          },
          call: (call, args) => ask(call, args) as Promise<never>,
          close: async () => {
            await ask('close', null);
          },
        });
      }
      if (answer.state !== undefined) ({ state } = answer);
      const { id } = answer;
      const asked = waiting.get(id);
      waiting.delete(id);
      if (answer.kind === 'done') return asked?.resolve(answer.value);
      const { code, message, retryable } = answer;
      asked?.reject(new OdoopbxError(code, message, { retryable }));
      if (id === 0) void worker.terminate();
    });
    worker.on('error', (cause) => {
      logger.error('spool.thread_failed', { code: 'SPOOL_FAILED', cause: String(cause) });
      end(new OdoopbxError('SPOOL_FAILED', `the spool's thread failed: ${String(cause)}`, { cause }));
      throw dead ?? cause;
    });
    worker.on('exit', () => {
      end(new OdoopbxError('SPOOL_FAILED', 'the spool is closed'));
    });
  });
};
