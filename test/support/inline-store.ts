import { SpoolStore } from '#edge-agent/spool/store.ts';
import type { StoreCalls, StoreOptions } from '#edge-agent/spool/store-calls.ts';
import type { OpenStore } from '#edge-agent/spool/store-link.ts';

/** The spool's store in the test's own thread: the same calls, no waiting. `overrides` reach the store alone. */
export function inlineStore(overrides: Partial<StoreOptions> = {}): OpenStore {
  return async (options, logger) => {
    const store = new SpoolStore({ ballastBytes: 0, ...options, ...overrides }, logger);
    let state = store.state();
    return {
      epoch: store.epoch,
      get state() {
        return state;
      },
      call: async <K extends keyof StoreCalls>(call: K, args: Parameters<StoreCalls[K]>[0]) => {
        try {
          const deed = store[call] as (argument: unknown) => ReturnType<StoreCalls[K]>;
          return deed.call(store, args);
        } finally {
          state = store.state();
        }
      },
      close: () => {
        store.close();
        return Promise.resolve();
      },
    };
  };
}
