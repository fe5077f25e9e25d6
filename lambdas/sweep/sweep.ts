import type { PbxId } from '#core/contracts/names.ts';
import { closeJobs, type CloseJobsDeps } from './close-jobs.ts';
import type { WatchSilence } from './watch-silence.ts';

interface LastSeen {
  readonly pbx: PbxId;
  readonly lastSeen: number;
}

export interface SweepDeps extends Omit<CloseJobsDeps, 'lastSeen'> {
  /** Pages of all PBXs that were ever heard of; `revoked`: of those whose certificate was taken away. */
  readonly listLastSeen: (which: { revoked: boolean }) => AsyncIterable<readonly LastSeen[]>;
  readonly watchSilence: WatchSilence;
  /** Writes the metrics: silence must be told also when the jobs can not be swept. */
  readonly publish: () => void;
}

/** One round of the sweeper. Rejects where a table or the bus can not be reached; the next round makes up for it. */
export async function sweep(deps: SweepDeps): Promise<void> {
  const seen = await collect(deps.listLastSeen({ revoked: false }), deps.hasTime);
  deps.watchSilence(seen, deps.now() / 1000);
  deps.publish();
  const revoked = await collect(deps.listLastSeen({ revoked: true }), deps.hasTime);
  const closed = await closeJobs({ ...deps, lastSeen: (pbx) => seen.get(pbx) ?? revoked.get(pbx) });
  deps.logger.debug('swept', { pbxs: seen.size, closed });
}

async function collect(
  pages: AsyncIterable<readonly LastSeen[]>,
  hasTime: () => boolean,
): Promise<Map<PbxId, number>> {
  const seen = new Map<PbxId, number>();
  for await (const page of pages) {
    // A part of them would be counted as all.
    if (!hasTime()) throw new Error('the time was up before all PBXs were read');
    for (const { pbx, lastSeen } of page) seen.set(pbx, lastSeen);
  }
  return seen;
}
