import { tenantOf, type PbxId } from '#core/contracts/names.ts';
import type { Logger } from '#core/ports/logger.ts';

/** A PBX that was not heard of for so long counts as silent, and as offline at the door; its status comes every 60 s. */
const silentAfterSeconds = 180;
/** What fell silent before that was logged by a process that is gone. */
const newsSeconds = 300;

export interface SilenceDeps {
  readonly metrics: { of(tenant: string): { count(name: 'AgentsSilent', by: number): void } };
  readonly logger: Logger;
}

/** `seen`: when each PBX was last heard of; `now`: both Unix seconds. */
export type WatchSilence = (seen: ReadonlyMap<PbxId, number>, now: number) => void;

/**
 * Counts the silent PBXs of each tenant, 0 too, and logs each PBX that falls silent or is heard again. Remembers
 * between rounds whom it knows to be silent.
 */
export function createSilenceWatch({ metrics, logger }: SilenceDeps): WatchSilence {
  let known: ReadonlySet<PbxId> | undefined;
  return (seen, now) => {
    const silent = new Set<PbxId>();
    for (const [pbx, lastSeen] of seen) {
      const silentFor = now - lastSeen - silentAfterSeconds;
      metrics.of(tenantOf(pbx)).count('AgentsSilent', silentFor > 0 ? 1 : 0);
      if (silentFor <= 0) {
        if (known?.has(pbx) === true) logger.info('a PBX is heard again', { pbx });
        continue;
      }
      silent.add(pbx);
      const isNews = known === undefined ? silentFor <= newsSeconds : !known.has(pbx);
      if (isNews) logger.warn('a PBX has fallen silent', { pbx, lastSeen });
    }
    known = silent;
  };
}
