import type { PbxId } from '#core/contracts/names.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { JobQueue } from '#core/ports/job-queue.ts';
import type { JobStore } from '#core/ports/job-store.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { PbxDirectory } from '#core/ports/pbx-directory.ts';
import type { Random } from '#core/ports/random.ts';
import type { OdooClient } from '#odoo/client.ts';
import type { OdooGateway } from '#odoo/gateway.ts';
import type { Counters } from './counters.ts';
import type { RouteMemory } from './route-memory.ts';
import type { RuleBook } from './rule-book.ts';

/** One Odoo as one user: a tenant's, or a PBX's own. */
export interface OdooTarget {
  /** What it shares with the targets of the same server: its URL. */
  readonly server: string;
  /** The login is one PBX's own, not the tenant's. */
  readonly ownLogin: boolean;
  readonly client: Pick<OdooClient, 'callMethod' | 'ping' | 'timeoutMs'>;
  readonly gateway: OdooGateway;
  readonly rules: RuleBook;
}

export interface RouteDeps {
  /** The Odoo of this PBX. Rejecting is a reason to wait, not to give up (credentials not to be read now). */
  odooFor(pbx: PbxId): OdooTarget | Promise<OdooTarget>;
  /** Whether the PBX is one of this inbox's tenant; missing: every PBX is. */
  readonly admits?: (pbx: PbxId) => boolean;
  readonly jobs: JobStore;
  readonly directory: PbxDirectory;
  readonly queue: JobQueue;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly counters: Counters;
  /** Lives as long as the process, over many calls. */
  readonly memory: RouteMemory;
}
