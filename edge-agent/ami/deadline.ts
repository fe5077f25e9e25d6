import type { Clock } from '#core/ports/clock.ts';

/** Calls `late` after `ms`, unless `done` aborts first. */
export async function unlessDone(
  clock: Clock,
  ms: number,
  done: AbortSignal,
  late: () => void,
): Promise<void> {
  await clock.sleep(ms, done);
  if (!done.aborted) late();
}
