import { agentStatusDetailType } from '#core/contracts/agent-status.ts';
import type { AgentStatus } from '#core/contracts/agent-status.ts';
import { amiBatchDetailType } from '#core/contracts/ami-batch.ts';
import type { DetailType } from '#core/contracts/bus-entry.ts';
import { jobResultDetailType } from '#core/contracts/job-result.ts';
import { sourceOf } from '#core/contracts/names.ts';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { GroupCommit } from './group-commit.ts';
import { encodeEvent, encodeResult } from './record.ts';
import type { PreparedEntry, Settlement } from './request.ts';
import type { Spool, SpoolChange, SpoolOptions } from './spool.ts';
import { openStoreThread } from './store-link.ts';
import type { OpenStore, StoreLink } from './store-link.ts';
import type { AppendGroup, AppendOutcome, RefusedEntry } from './store-calls.ts';

const minBytes = 1_000_000;
const commitMs = 20;
const maxGroupItems = 1_000;
const maxPendingBytes = 32 * 1024 * 1024;
const probeMs = 5_000;

interface LatestStatus {
  id: number;
  detail: string;
}

/**
 * Opens the spool under `path`, which no other process may have open. Rejects SPOOL_LOCKED, SPOOL_UNREADABLE,
 * CONFIG_INVALID; a corrupt file is set aside and logged (SPOOL_CORRUPT). `openStore` decides where SQLite
 * runs: in a thread of its own unless a test says otherwise.
 */
export async function openSpool(
  options: SpoolOptions,
  openStore: OpenStore = openStoreThread,
): Promise<Spool> {
  const { path, pbx, maxBytes, maxAgeMs, clock, random, logger, rulesVersion } = options;
  if (!(maxBytes >= minBytes)) throw outOfRange('maxBytes', maxBytes, `at least ${minBytes}`);
  if (!(maxAgeMs > 0)) throw outOfRange('maxAgeMs', maxAgeMs, 'more than 0');
  const store = await openStore(
    { path, pbx, maxBytes, maxAgeMs, now: clock.now(), uuid: random.uuid() },
    logger,
  );

  const source = sourceOf(pbx);
  const listeners = new Set<(change: SpoolChange) => void>();
  const closing = new AbortController();
  let closed: Promise<void> | null = null;
  let probing = false;
  let status: LatestStatus | null = null;
  let lastStatusId = 0;

  const tell = (change: SpoolChange): void => {
    for (const listener of listeners) listener(change);
  };

  const ask: StoreLink['call'] = async (call, args) => {
    try {
      return await store.call(call, args);
    } finally {
      if (store.state.diskFull) void probeUntilHealed();
    }
  };

  /** A full disk heals without anything being added: it is tried until it takes a result again. */
  const probeUntilHealed = async (): Promise<void> => {
    if (probing) return;
    probing = true;
    while (store.state.diskFull && !closing.signal.aborted) {
      await clock.sleep(probeMs, closing.signal);
      if (!closing.signal.aborted) await store.call('probe', clock.now()).catch(() => false);
    }
    probing = false;
  };

  const commit = async (group: AppendGroup): Promise<AppendOutcome> => {
    const outcome = await ask('append', group);
    let bytes = 0;
    let earliestDueAt = Infinity;
    for (const event of group.events) {
      bytes += event.bytes;
      earliestDueAt = Math.min(earliestDueAt, event.dueAt);
    }
    tell({
      urgent: group.results.length > 0,
      bytes,
      earliestDueAt: group.events.length > 0 ? earliestDueAt : null,
    });
    return outcome;
  };
  const writer = new GroupCommit({
    commit,
    clock,
    logger,
    commitMs,
    maxItems: maxGroupItems,
    maxPendingBytes,
  });
  if (store.state.diskFull) void probeUntilHealed();

  const entry = (
    kind: PreparedEntry['kind'],
    detailType: DetailType,
    { id, detail }: { id: number; detail: string },
  ): PreparedEntry => ({
    kind,
    lane: kind === 'batch' ? 'events' : 'urgent',
    id,
    source,
    detailType,
    detail,
  });

  return {
    epoch: store.epoch,

    addEvent(item) {
      if (closed !== null) {
        logger.warn('spool.dropped', { reason: 'the spool is closed', events: 1 });
        return Promise.resolve();
      }
      const { records, truncated } = encodeEvent(item, clock.now());
      return writer.addEvent(records, truncated);
    },

    async addResult(result) {
      if (closed !== null) throw new OdoopbxError('SPOOL_FAILED', 'the spool is closed');
      await writer.addResult(encodeResult(result, clock.now()));
    },

    addStatus(latest: AgentStatus) {
      lastStatusId += 1;
      status = { id: lastStatusId, detail: JSON.stringify(latest) };
      tell({ urgent: true, bytes: 0, earliestDueAt: null });
    },

    acceptsJobs: () => closed === null && store.state.acceptsJobs,

    stats: () => store.state.stats,

    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    async prepare({ lanes, batchMs }) {
      const now = clock.now();
      const current = lanes.includes('urgent') ? status : null;
      const reserved = { entries: current ? 1 : 0, bytes: current ? Buffer.byteLength(current.detail) : 0 };
      const { results, batches, wakeAt } = await ask('release', {
        now,
        lanes,
        batchMs,
        rulesVersion: rulesVersion(),
        reserved,
      });
      const entries = [
        ...(current ? [entry('status', agentStatusDetailType, current)] : []),
        ...results.map((result) => entry('result', jobResultDetailType, result)),
        ...batches.map((batch) => entry('batch', amiBatchDetailType, batch)),
      ];
      return { entries, wakeAt };
    },

    async settle({ accepted, refused }: Settlement) {
      const gone = [...accepted, ...refused.map(({ entry }) => entry)];
      // A newer status may have come meanwhile: that one is still to be sent.
      if (gone.some(({ kind, id }) => kind === 'status' && id === status?.id)) status = null;
      await ask('settle', {
        now: clock.now(),
        batches: idsOf(accepted, 'batch'),
        results: idsOf(accepted, 'result'),
        refused: refused.map(({ entry, error }): RefusedEntry => ({ ...entry, error })),
      });
    },

    setAside: (limit) => ask('listSetAside', limit),

    close() {
      closed ??= writer.flush().then(() => {
        closing.abort();
        return store.close();
      });
      return closed;
    },
  };
}

function idsOf(entries: readonly PreparedEntry[], kind: PreparedEntry['kind']): number[] {
  return entries.filter((entry) => entry.kind === kind).map(({ id }) => id);
}

function outOfRange(name: string, value: number, range: string): OdoopbxError {
  return new OdoopbxError('CONFIG_INVALID', `spool ${name} is ${value}, it must be ${range}`);
}
