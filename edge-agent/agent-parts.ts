import { consoleOpenFunction } from '#core/contracts/console-open.ts';
import type { AgentStatus } from '#core/contracts/agent-status.ts';
import { messageOf } from '#core/errors/odoopbx-error.ts';
import type { AmiEventListener } from '#core/ports/ami.ts';
import type { CdrStore } from '#core/ports/cdr-store.ts';
import type { EventSpool } from '#core/ports/event-spool.ts';
import type { AgentHooks, AgentOptions } from './agent.ts';
import type { AmiClientOptions } from './ami/client-options.ts';
import type { AgentConfig, AmiConfig } from './config/schema.ts';
import type { ConsoleOptions } from './console/console.ts';
import { createWebSocketTransport } from './console/web-socket-transport.ts';
import type { EventPipelineOptions } from './events/event-pipeline.ts';
import type { PolicySettings } from './jobs/policy.ts';
import type { StatusSources } from './status/compose-status.ts';
import type { StatusFile } from './status/status-file.ts';
import { systemHost } from './system-host.ts';

/** The configuration as the AMI client takes it. */
export function amiSettings(
  ami: AmiConfig,
): Pick<AmiClientOptions, 'host' | 'port' | 'tls' | 'events' | 'actions' | 'filters'> {
  const { host, port, events, actions, filters, tls } = ami;
  return {
    host,
    port,
    events,
    actions,
    filters,
    ...(tls === false ? {} : { tls: tls === true ? true : present(tls) }),
  };
}

export function eventSettings(
  config: AgentConfig,
  store: CdrStore,
): Pick<EventPipelineOptions, 'systemName' | 'timeZone' | 'only' | 'cdrCsv'> {
  const { pbx, ami, only, cdrCsv } = config;
  return {
    systemName: config.systemName ?? pbx.slice(pbx.indexOf('_') + 1),
    ...(ami.timeZone === undefined ? {} : { timeZone: ami.timeZone }),
    ...(only === undefined ? {} : { only }),
    ...(cdrCsv === undefined ? {} : { cdrCsv: { ...cdrCsv, store } }),
  };
}

/** The console has a switch of its own (`console.enabled`), which answers better than a list of functions would. */
export function policySettings({ policy }: AgentConfig): PolicySettings {
  return { ...policy, functions: [...(policy.functions ?? ['default']), consoleOpenFunction] };
}

/** Where and as whom the console runs, and how it reaches its relay. */
export function consoleParts({
  config,
  console,
}: AgentOptions): Pick<ConsoleOptions, 'settings' | 'isRoot' | 'uid' | 'account' | 'run' | 'transport'> {
  const { user, ...settings } = config.console;
  const account = user === undefined ? undefined : systemHost.user(user);
  return {
    settings: console?.program
      ? { ...settings, enabled: true, command: console.program, harmless: true }
      : settings,
    isRoot: systemHost.isRoot,
    uid: (systemHost.isRoot ? account?.uid : process.getuid?.()) ?? -1,
    account: account && user !== undefined ? { name: user, ...account } : undefined,
    run: (program, args, how) => systemHost.run(program, args, how),
    transport: console?.transport ?? createWebSocketTransport(),
  };
}

/** What the status says of an agent that does not run. */
export function idleSources({ config, clock, version }: AgentOptions): StatusSources {
  const startedAt = clock.now();
  return {
    pbx: config.pbx,
    agentVersion: version,
    startedAt,
    console: () => ({ enabled: config.console.enabled }),
    ami: () => ({ state: 'stopped', since: startedAt, asteriskVersion: null }),
    spool: () => ({
      items: 0,
      bytes: 0,
      oldestAt: null,
      dropped: 0,
      truncated: 0,
      published: 0,
      setAside: 0,
    }),
    events: () => ({ received: 0, matched: 0, lastMatchedAt: null, conditionErrors: 0 }),
    jobs: () => 0,
    rulesVersion: () => null,
    refusedRules: () => [],
  };
}

export function observedListener(
  listener: AmiEventListener,
  hooks: AgentHooks | undefined,
): AmiEventListener {
  if (!hooks?.event) return listener;
  return {
    wanted: () => listener.wanted(),
    linkUp: (info) => listener.linkUp(info),
    linkDown: (info) => listener.linkDown(info),
    event(event, receivedAt) {
      hooks.event?.(event, receivedAt);
      listener.event(event, receivedAt);
    },
  };
}

export function observedSpool(spool: EventSpool, hooks: AgentHooks | undefined): EventSpool {
  if (!hooks?.spooled) return spool;
  return {
    addEvent(item) {
      hooks.spooled?.(item);
      return spool.addEvent(item);
    },
    addResult: (result) => spool.addResult(result),
    addStatus: (status) => spool.addStatus(status),
    acceptsJobs: () => spool.acceptsJobs(),
    stats: () => spool.stats(),
  };
}

/** `status.json`: the status and what only this machine is told. */
export function statusFileOf({ config, hooks }: AgentOptions, status: AgentStatus): StatusFile {
  return {
    status,
    everySeconds: config.statusSeconds,
    pid: process.pid,
    ...present({ delivery: hooks?.delivery?.(), cloud: hooks?.cloud?.() }),
  };
}

/** Writes the status file when the way to the cloud has changed, until `opened` is closed. */
export function rewriteOnChange(
  { hooks, logger }: AgentOptions,
  write: () => void,
  opened: (() => void)[],
): void {
  let open = true;
  opened.push(() => {
    open = false;
  });
  hooks?.cloudChanges?.(() => {
    if (!open) return;
    try {
      write();
    } catch (error) {
      logger.warn('status not written', { error: messageOf(error) });
    }
  });
}

type Present<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Without the keys that are there but undefined. */
function present<T extends object>(value: T): Partial<Present<T>> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Partial<
    Present<T>
  >;
}
