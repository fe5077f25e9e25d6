import { messageOf } from '#core/errors/odoopbx-error.ts';
import type { Bus } from '#core/ports/bus.ts';
import type { JobQueue } from '#core/ports/job-queue.ts';
import type { OdooClient } from '#odoo/client.ts';
import type { OdooGateway } from '#odoo/gateway.ts';
import type { TapSwitch } from './tap.ts';

/** The bus, telling the taps what it accepted. */
export function tappedBus(bus: Bus, taps: TapSwitch): Bus {
  return {
    async put(entries, signal) {
      const outcomes = await bus.put(entries, signal);
      for (const tap of taps.taps) {
        for (const [index, entry] of entries.entries()) {
          if (outcomes[index]?.accepted) tap.published?.(entry);
        }
      }
      return outcomes;
    },
  };
}

export function tappedQueue(queue: JobQueue, taps: TapSwitch): JobQueue {
  return {
    async send(pbx, job) {
      await queue.send(pbx, job);
      for (const tap of taps.taps) tap.submitted?.({ id: job.id, fun: job.fun });
    },
  };
}

export function tappedGateway(gateway: OdooGateway, taps: TapSwitch): OdooGateway {
  return {
    ...gateway,
    async processBatch(batch, limits) {
      const answer = await gateway.processBatch(batch, limits);
      for (const tap of taps.taps) tap.gateway?.(batch, answer);
      return answer;
    },
  };
}

/** The calls that route-events makes itself where there is no gateway. */
export function tappedClient(client: OdooClient, taps: TapSwitch): OdooClient {
  return {
    ...client,
    async callMethod(model, method, args = [], kwargs = {}, limits) {
      try {
        const value = await client.callMethod(model, method, args, kwargs, limits);
        for (const tap of taps.taps) tap.called?.({ model, method, args });
        return value;
      } catch (error) {
        for (const tap of taps.taps) tap.called?.({ model, method, args, error: messageOf(error) });
        throw error;
      }
    },
  };
}
