/** The worker thread's entry: SQLite waits for the disk here, not in the thread that reads AMI. */
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf, OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { Logger } from '#core/ports/logger.ts';
import { SpoolStore } from './store.ts';
import type { StoreOptions } from './store-calls.ts';
import type { StoreAnswer, StoreQuestion } from './store-link.ts';

const port = parentPort;
if (port === null) throw new Error('store-thread.ts runs in a worker thread');

const answer = (message: StoreAnswer): void => {
  port.postMessage(message);
};
const log =
  (level: keyof Logger) =>
  (message: string, fields: Record<string, unknown> = {}): void => {
    answer({ kind: 'log', level, message, fields });
  };
const logger: Logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };

let store: SpoolStore | undefined;
try {
  store = new SpoolStore(workerData as StoreOptions, logger);
  answer({ kind: 'opened', epoch: store.epoch, state: store.state() });
} catch (error) {
  answer({ kind: 'failed', id: 0, ...failure(error) });
}

port.on('message', ({ id, call, args }: StoreQuestion) => {
  if (store === undefined) return;
  try {
    if (call === 'close') {
      store.close();
      answer({ kind: 'done', id, value: null });
      port.close();
      return;
    }
    const deed = store[call] as (argument: unknown) => unknown;
    answer({ kind: 'done', id, value: deed.call(store, args), state: store.state() });
  } catch (error) {
    answer({ kind: 'failed', id, ...failure(error), state: store.state() });
  }
});

/** An error crosses threads as plain data: structured clone would drop its code. */
function failure(error: unknown): { code: OdoopbxError['code']; message: string; retryable: boolean } {
  if (error instanceof OdoopbxError)
    return { code: error.code, message: error.message, retryable: error.retryable };
  return { code: 'SPOOL_FAILED', message: messageOf(error), retryable: true };
}
