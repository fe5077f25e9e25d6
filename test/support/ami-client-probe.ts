import { randomUUID } from 'node:crypto';
import { silentLogger } from '#core/ports/logger.ts';
import type { AmiEvent } from '#core/contracts/ami-event.ts';
import type { AmiEventListener, AmiLinkStatus } from '#core/ports/ami.ts';
import { createAmiClient, type AmiClient, type AmiClientOptions } from '#edge-agent/ami/client.ts';
import { systemClock } from '#edge-agent/system-clock.ts';

export interface AmiClientProbe {
  client: AmiClient;
  events: AmiEvent[];
  /** linkUp and linkDown, in order. */
  links: string[];
  states: AmiLinkStatus[];
  wanted: Set<string> | 'all';
  /** Called before the event is written down. */
  onEvent: (event: AmiEvent) => void;
  ups: { asteriskVersion: string | null; systemName: string | null }[];
}

/** A client with a listener that writes everything down. Quick timeouts; pauses of reconnecting are short. */
export function probeClient(options: Partial<AmiClientOptions> & { port: number }): AmiClientProbe {
  const probe: Omit<AmiClientProbe, 'client'> = {
    events: [],
    links: [],
    states: [],
    wanted: 'all',
    ups: [],
    onEvent() {},
  };
  const listener: AmiEventListener = {
    wanted: () => self.wanted,
    event: (event) => {
      self.onEvent(event);
      probe.events.push(event);
    },
    linkUp: (info) => {
      probe.links.push('up');
      probe.ups.push(info);
    },
    linkDown: ({ error }) => void probe.links.push(`down: ${error}`),
  };
  const client = createAmiClient({
    host: '127.0.0.1',
    events: { username: 'events', secret: 'secret' },
    actions: { username: 'actions', secret: 'secret' },
    listener,
    clock: systemClock,
    random: { fraction: () => 0.5, uuid: randomUUID },
    logger: silentLogger,
    backoff: { firstMs: 10, maxMs: 20, refusedMs: 40, maxRefusedMs: 40 },
    ...options,
  });
  client.onStatus((status) => probe.states.push(status));
  const self = Object.assign(probe, { client });
  return self;
}
