import type { AgentConfigure } from '#core/contracts/agent-configure.ts';
import type { AmiEvent } from '#core/contracts/ami-event.ts';
import type { CdrPosition, CdrStore } from '#core/ports/cdr-store.ts';
import type { ChannelStore } from '#core/ports/channel-store.ts';
import type { EventSpool, SpooledEvent } from '#core/ports/event-spool.ts';
import type { RuleStore } from '#core/ports/rule-store.ts';

/** ChannelStore in memory; what was put survives the pipeline that used it, like a file. */
export function memoryChannelStore(): ChannelStore & { flushes: number } {
  const channels = new Map<string, AmiEvent>();
  let aliveAt: number | null = null;
  return {
    flushes: 0,
    load: () => [...channels].map(([uniqueid, headers]) => ({ uniqueid, headers })),
    put: ({ uniqueid, headers }) => {
      channels.set(uniqueid, headers);
    },
    remove: (uniqueid) => {
      channels.delete(uniqueid);
    },
    aliveAt: () => aliveAt,
    markAlive: (at) => {
      aliveAt = at;
    },
    flush() {
      this.flushes += 1;
    },
  };
}

export function memoryCdrStore(): CdrStore {
  const seen = new Map<string, number>();
  let position: CdrPosition | null = null;
  return {
    position: () => position,
    savePosition: (next) => {
      position = next;
    },
    addSeen: (key, at) => {
      seen.set(key, at);
    },
    hasSeen: (key) => seen.has(key),
    forgetSeen: (before) => {
      for (const [key, at] of seen) if (at < before) seen.delete(key);
    },
  };
}

export function memoryRuleStore(): RuleStore & { kept: AgentConfigure | undefined } {
  return {
    kept: undefined,
    load() {
      return this.kept;
    },
    save(configure) {
      this.kept = configure;
    },
  };
}

/** Keeps what it is given; `refuse` makes it reject like a full spool. */
export function recordingSpool(): EventSpool & {
  items: SpooledEvent[];
  refuse: boolean;
  events(): AmiEvent[];
} {
  return {
    items: [],
    refuse: false,
    events() {
      return this.items.map(({ event }) => event);
    },
    addEvent(item) {
      if (this.refuse) return Promise.reject(new Error('full'));
      this.items.push(item);
      return Promise.resolve();
    },
    addResult: () => Promise.resolve(),
    addStatus: () => {},
    acceptsJobs: () => true,
    stats: () => ({
      items: 0,
      bytes: 0,
      oldestAt: null,
      dropped: 0,
      truncated: 0,
      published: 0,
      setAside: 0,
    }),
  };
}
