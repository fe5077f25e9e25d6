import { pbxIdsOf, type Fleet } from '#core/fleet/fleet.ts';
import type { ResourceNames } from '#core/fleet/resource-names.ts';
import type { Cloud } from '../cloud/cloud.ts';
import { inParallel } from '../in-parallel.ts';
import type { FleetState, PbxState, TenantState } from './fleet-status.ts';
import { judgePbx } from './judge-pbx.ts';
import { judgeTenant } from './judge-tenant.ts';

type Sources = Pick<Cloud, 'pbxRows' | 'queues' | 'queueAges'>;

/**
 * Reads the state of the fleet's tenants: the rows in batches of 100, the queues' depths at most 32 at a time, the
 * inboxes' ages only of those that hold something. `now`: Unix seconds.
 */
export async function readFleetStatus(
  { tenants }: Pick<Fleet, 'tenants'>,
  names: ResourceNames,
  { pbxRows, queues, queueAges }: Sources,
  now: number,
): Promise<FleetState> {
  const pbxIds = pbxIdsOf({ tenants });
  const depth = async (queue: string): Promise<number | null> => {
    const found = await queues.depth(queue);
    return found ? found.waiting + found.inFlight : null;
  };
  const [rows, jobs, depths] = await Promise.all([
    pbxRows.read(pbxIds),
    inParallel(pbxIds, (pbx) => depth(names.jobQueue(pbx))),
    inParallel(Object.keys(tenants), async (tenant) => ({
      tenant,
      inbox: await depth(names.inbox(tenant)),
      parked: await depth(names.parked(tenant)),
      undelivered: await depth(names.undelivered(tenant)),
    })),
  ]);
  const filled = depths.filter(({ inbox }) => (inbox ?? 0) > 0).map(({ tenant }) => names.inbox(tenant));
  const ages = filled.length === 0 ? new Map<string, number>() : await queueAges.oldest(filled);
  const pbxStates = pbxIds.map((pbx, place) => judgePbx(pbx, rows.get(pbx), jobs[place] ?? null, now));
  const tenantStates = depths.map((facts) =>
    judgeTenant({
      ...facts,
      inboxAge: ages.get(names.inbox(facts.tenant)) ?? null,
      lastSeen: latest(pbxStates.filter(({ pbx }) => pbx.startsWith(`${facts.tenant}_`))),
    }),
  );
  return { at: now, healthy: isHealthy(pbxStates, tenantStates), pbxs: pbxStates, tenants: tenantStates };
}

function latest(pbxs: readonly PbxState[]): number | null {
  const seen = pbxs.flatMap(({ lastSeen }) => lastSeen ?? []);
  return seen.length === 0 ? null : Math.max(...seen);
}

function isHealthy(pbxs: readonly PbxState[], tenants: readonly TenantState[]): boolean {
  return [...pbxs, ...tenants].every(({ problems }) => problems.length === 0);
}
