import { cpus } from 'node:os';
import type { Clock } from '../../core/ports/clock.ts';
import type { InboxMessage } from '../../core/ports/inbox.ts';
import { silentLogger } from '../../core/ports/logger.ts';
import type { OdooTarget, RouteDeps } from '../../lambdas/route-events/route-deps.ts';
import { createRouteMemory } from '../../lambdas/route-events/route-memory.ts';
import { routeMessages } from '../../lambdas/route-events/route-messages.ts';
import { createRuleBook } from '../../lambdas/route-events/rule-book.ts';
import { createOdooConnection } from '../../odoo/connection.ts';
import { writtenStatus } from '../../scripts/lab/lab-status.ts';
import type { LabStatus } from '../../scripts/lab/lab-status.ts';
import { fixedRandom } from '../../test/support/fixed-random.ts';
import { createMemoryJobQueue } from '../../test/support/memory-job-queue.ts';
import { createMemoryJobStore } from '../../test/support/memory-job-store.ts';
import { createMemoryPbxDirectory } from '../../test/support/memory-pbx-directory.ts';
import { prepareOdoo } from './bench-odoo.ts';
import type { BenchOdoo } from './bench-odoo.ts';
import { batchesOf, cdrItems } from './cdr-events.ts';

export interface OdooBenchRow {
  readonly way: string;
  readonly events: number;
  /** HTTP calls that carried them. */
  readonly calls: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
}

export interface OdooBenchReport {
  readonly name: 'odoo';
  readonly machine: string;
  readonly rows: readonly OdooBenchRow[];
  /** Against the faster of the ways per event. */
  readonly ratios: { readonly gatewayVsPerEvent: number };
  readonly targets: readonly { name: string; target: number; reached: number; met: boolean }[];
}

interface Way {
  readonly name: string;
  readonly secret: (odoo: BenchOdoo) => string;
  readonly gateway: boolean;
  /** Messages per call of routeMessages: a Lambda gets 10 of a FIFO queue at most. */
  readonly messages: number;
}

const ways: readonly Way[] = [
  { name: 'gateway, 10 messages at a time', secret: (odoo) => odoo.apiKey, gateway: true, messages: 10 },
  { name: 'gateway, one message at a time', secret: (odoo) => odoo.apiKey, gateway: true, messages: 1 },
  {
    name: 'execute_kw per event, by password',
    secret: (odoo) => odoo.password,
    gateway: false,
    messages: 10,
  },
  { name: 'execute_kw per event, by API key', secret: (odoo) => odoo.apiKey, gateway: false, messages: 10 },
];
const target = 10;

/**
 * The same Cdr events into the handler of `asterisk_calls` on the lab's Odoo: through the addon's gateway, and event
 * by event. Both go through the router, one call at a time (one worker is busy). Best of `rounds`, the ways in turns.
 * Each way's records are counted afterwards: a rate of lost events is no rate.
 */
export async function odooBench({ events = 2000, rounds = 2 } = {}): Promise<OdooBenchReport> {
  const lab = writtenStatus();
  if (lab?.state !== 'running') throw new Error('the lab does not run: npm run lab -- up');
  const odoo = await prepareOdoo(lab);
  const best = new Map<string, OdooBenchRow>();
  try {
    // The registry is loaded, the password is hashed for the first time.
    for (const [index, way] of ways.entries()) await measure(way, 20, `warm${index}`, lab, odoo);
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, way] of ways.entries()) {
        const row = await measure(way, events, `r${round}w${index}`, lab, odoo);
        const before = best.get(way.name);
        if (before === undefined || row.eventsPerSecond > before.eventsPerSecond) best.set(way.name, row);
      }
    }
  } finally {
    await odoo.remove();
  }
  const rate = (chosen: readonly Way[]): number =>
    Math.max(...chosen.map(({ name }) => best.get(name)?.eventsPerSecond ?? 0));
  const perEvent = rate(ways.filter(({ gateway }) => !gateway));
  const ratio = Math.round((rate(ways.filter(({ gateway }) => gateway)) / perEvent) * 100) / 100;
  return {
    name: 'odoo',
    machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}, Odoo ${lab.versions.odoo}`,
    rows: [...best.values()],
    ratios: { gatewayVsPerEvent: ratio },
    targets: [{ name: 'gateway against execute_kw per event', target, reached: ratio, met: ratio >= target }],
  };
}

async function measure(
  way: Way,
  count: number,
  run: string,
  lab: LabStatus,
  odoo: BenchOdoo,
): Promise<OdooBenchRow> {
  const prefix = `${Date.now()}-${run}`;
  const messages = batchesOf(cdrItems(count, odoo.rule, prefix), odoo.pbx, `${prefix}-bench`);
  const { url, db } = lab.odoo;
  const secret = way.secret(odoo);
  const connection = createOdooConnection(
    { url, db, login: odoo.login, secret, allowPrivateAddress: true },
    clock,
  );
  const rules = createRuleBook(() => connection.readRules(), clock, silentLogger);
  const gateway = way.gateway
    ? connection.gateway
    : { ...connection.gateway, isPresent: () => Promise.resolve(false) };
  let calls = 0;
  const deps = routeDeps(
    { server: url, ownLogin: false, client: connection.client, gateway, rules },
    (name, by) => {
      if (name === 'odoo.call') calls += by;
    },
  );
  // Signed in, rules read, gateway found: once per process, not per event.
  await connection.client.ping();
  await rules.page();
  await gateway.isPresent(odoo.pbx);
  const start = performance.now();
  await routeAll(messages, way.messages, deps);
  const seconds = (performance.now() - start) / 1000;
  await connection.close();
  const arrived = await odoo.count(prefix);
  if (arrived !== count) throw new Error(`${way.name}: ${count} events made ${arrived} records`);
  return {
    way: way.name,
    events: count,
    calls,
    seconds: Math.round(seconds * 100) / 100,
    eventsPerSecond: Math.round(count / seconds),
  };
}

async function routeAll(messages: readonly InboxMessage[], atOnce: number, deps: RouteDeps): Promise<void> {
  const time = { remainingMs: () => Infinity };
  for (let from = 0; from < messages.length; from += atOnce) {
    const outcomes = await routeMessages(messages.slice(from, from + atOnce), deps, time);
    const other = outcomes.find(({ outcome }) => outcome !== 'done');
    if (other !== undefined) throw new Error(`not delivered: ${JSON.stringify(other).slice(0, 500)}`);
  }
}

function routeDeps(odoo: OdooTarget, count: (name: string, by: number) => void): RouteDeps {
  return {
    odooFor: () => odoo,
    jobs: createMemoryJobStore(),
    directory: createMemoryPbxDirectory([]),
    queue: createMemoryJobQueue(),
    clock,
    random: fixedRandom(),
    logger: silentLogger,
    counters: {
      count: (name, by = 1) => {
        count(name, by);
      },
    },
    memory: createRouteMemory(),
  };
}

const clock: Clock = {
  now: () => Date.now(),
  sleep: (ms) =>
    new Promise((resolve) => {
      setTimeout(resolve, ms);
    }),
};
