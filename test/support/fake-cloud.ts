import type { PbxRow } from '#aws/pbx-rows.ts';
import type { Alarm } from '#bin/odoopbx/cloud/alarms.ts';
import type { ReplayState } from '#bin/odoopbx/cloud/bus-replays.ts';
import type { Cloud } from '#bin/odoopbx/cloud/cloud.ts';
import type { Certificate } from '#bin/odoopbx/cloud/identities.ts';
import type { QueueMessage } from '#bin/odoopbx/cloud/queues.ts';
import type { StackState } from '#bin/odoopbx/cloud/stacks.ts';

export interface FakeQueue {
  messages: (QueueMessage & { groupId?: string; dedupId?: string })[];
  /** Ids of those that somebody holds. */
  held: Set<string>;
}

/** An AWS account in memory, as the operator's commands see one. Its state is there to be set and looked at. */
export class FakeCloud implements Cloud {
  readonly account = '123456789012';
  readonly region = 'eu-central-1';
  readonly caller = 'arn:aws:iam::123456789012:user/op';
  readonly stackStates = new Map<string, StackState>();
  readonly queueStates = new Map<string, FakeQueue>();
  readonly ages = new Map<string, number>();
  readonly tableStates = new Map<string, string>();
  readonly rows = new Map<string, PbxRow>();
  readonly things = new Map<string, Certificate[]>();
  readonly secretValues = new Map<string, string>();
  readonly codes = new Map<string, { code: string; expiresAt: number }>();
  readonly ringing: Alarm[] = [];
  readonly replayStates: ReplayState[] = [];
  /** Every call that changes something, in order. */
  readonly deeds: string[] = [];
  /** Requests under way at the same time, at most. */
  busiest = 0;
  #busy = 0;

  readonly stacks: Cloud['stacks'] = {
    find: async (name) => this.stackStates.get(name),
    all: async () => this.stackStates,
    delete: async (name) => {
      this.deeds.push(`delete stack ${name}`);
      this.stackStates.delete(name);
    },
  };

  readonly queues: Cloud['queues'] = {
    depth: (name) =>
      this.#request(() => {
        const queue = this.queueStates.get(name);
        return queue && { waiting: queue.messages.length - queue.held.size, inFlight: queue.held.size };
      }),
    receive: async (name) => {
      const { messages, held } = this.queue(name);
      const taken = messages.filter(({ id }) => !held.has(id)).slice(0, 10);
      for (const { id } of taken) held.add(id);
      return taken;
    },
    release: async (name, { id }) => void this.queue(name).held.delete(id),
    sendFifo: async (name, { body, groupId, dedupId }) => {
      this.deeds.push(`send ${dedupId}`);
      const queue = this.queue(name);
      if (queue.messages.some((message) => message.dedupId === dedupId)) return;
      queue.messages.push({
        id: `${name}-${dedupId}`,
        body,
        receipt: dedupId,
        attributes: {},
        groupId,
        dedupId,
      });
    },
    delete: async (name, { id }) => {
      this.deeds.push(`delete ${id}`);
      const queue = this.queue(name);
      queue.held.delete(id);
      queue.messages = queue.messages.filter((message) => message.id !== id);
    },
  };

  readonly queueAges: Cloud['queueAges'] = {
    oldest: async (queues) => new Map([...this.ages].filter(([name]) => queues.includes(name))),
  };

  readonly tables: Cloud['tables'] = { status: async (name) => this.tableStates.get(name) };

  readonly pbxRows: Cloud['pbxRows'] = {
    read: async (pbxs) => new Map([...this.rows].filter(([pbx]) => pbxs.includes(pbx))),
    unpin: async (pbx) => this.#change(pbx, { instanceUid: null }),
    markRevoked: async (pbx) => this.#change(pbx, { certificateId: null, lastSeen: null }),
  };

  readonly pbxKeys: Cloud['pbxKeys'] = {
    list: async (pbx) => this.rows.get(pbx)?.keyHashes ?? [],
    add: async (pbx, sha256) => {
      const before = (this.rows.get(pbx)?.keyHashes ?? []).filter((hash) => hash !== sha256);
      const keyHashes = [...before, sha256].slice(-2);
      this.row(pbx, { ...this.rows.get(pbx), keyHashes });
      return keyHashes;
    },
    remove: async (pbx, sha256) => {
      const keyHashes = (this.rows.get(pbx)?.keyHashes ?? []).filter((hash) => hash !== sha256);
      this.#change(pbx, { keyHashes });
      return keyHashes;
    },
    removePbx: async (pbx) => {
      this.deeds.push(`forget ${pbx}`);
      this.rows.delete(pbx);
    },
  };

  readonly enrollmentCodes: Cloud['enrollmentCodes'] = {
    make: async (pbx, validSeconds) => {
      const made = { code: 'K7Q2M-AAAAA-BBBBB-CCCCC-DDDDD-E', expiresAt: 1_800_000_000 + validSeconds };
      this.codes.set(pbx, made);
      return made;
    },
    revoke: async (pbx) => {
      this.deeds.push(`end code ${pbx}`);
      this.codes.delete(pbx);
    },
  };

  readonly identities: Cloud['identities'] = {
    exists: async (pbx) => this.things.has(pbx),
    certificates: async (pbx) => this.things.get(pbx) ?? [],
    cutOff: async (pbx) => {
      this.deeds.push(`cut off ${pbx}`);
      const certificates = this.things.get(pbx) ?? [];
      if (this.things.has(pbx)) this.things.set(pbx, []);
      return certificates.map(({ id }) => id);
    },
  };

  readonly secrets: Cloud['secrets'] = {
    set: async (name, value) => void this.secretValues.set(name, value),
    list: async (path) =>
      [...this.secretValues.keys()]
        .filter((name) => name.startsWith(path))
        .map((name) => ({ name, changedAt: 1_799_999_000, encrypted: true })),
    delete: async (names) => {
      for (const name of names) this.secretValues.delete(name);
    },
  };

  readonly replays: Cloud['replays'] = {
    start: async ({ rule, from, to }) => {
      this.deeds.push(`replay ${rule} ${new Date(from).toISOString()} ${new Date(to).toISOString()}`);
      return this.replayStates[0];
    },
    state: async () => {
      const [first] = this.replayStates;
      if (!first) throw new Error('no replay');
      if (this.replayStates.length > 1) this.replayStates.shift();
      return first;
    },
    cancel: async (name) => {
      this.deeds.push(`cancel ${name.replace(/\d+$/, 'N')}`);
      this.replayStates.splice(0, Infinity, { status: 'CANCELLED', reason: undefined, reachedAt: undefined });
    },
    messageGroup: async (_, rule) => `group-of-${rule}`,
  };

  readonly alarms: Cloud['alarms'] = { ringing: async () => this.ringing };

  queue(name: string): FakeQueue {
    const queue = this.queueStates.get(name) ?? { messages: [], held: new Set() };
    this.queueStates.set(name, queue);
    return queue;
  }

  row(pbx: string, values: Partial<PbxRow>): void {
    this.rows.set(pbx, {
      pbx,
      keyHashes: [],
      instanceUid: null,
      lastSeen: null,
      status: null,
      certificateId: null,
      openCode: null,
      ...values,
    });
  }

  stack(name: string, values: Partial<StackState> = {}): void {
    const complete = { name, status: 'UPDATE_COMPLETE', reason: undefined, changedAt: 1, outputs: {} };
    this.stackStates.set(name, { ...complete, ...values });
  }

  #change(pbx: string, values: Partial<PbxRow>): void {
    const row = this.rows.get(pbx);
    if (row) this.rows.set(pbx, { ...row, ...values });
  }

  async #request<T>(answer: () => T): Promise<T> {
    this.#busy += 1;
    this.busiest = Math.max(this.busiest, this.#busy);
    await new Promise((resolve) => void setImmediate(resolve));
    this.#busy -= 1;
    return answer();
  }
}
