import type { CalledMethod } from './faults.ts';

/** A call as `execute_kw` takes it: `args` holds the ids first where the method is one of records. */
export interface MethodCall extends CalledMethod {
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
}
