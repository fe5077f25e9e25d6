/** What a fleet costs on AWS in a month: the model behind docs/cost.md and `odoopbx cost`. */
import { prices } from './prices.ts';

export interface CostInput {
  /** AMI events in a month that some rule wants, all PBXs together. */
  events: number;
  pbxs: number;
  tenants: number;
  /** Jobs in a month, all PBXs together (clicks, mostly). */
  jobs: number;
  /** AMI events in one entry of the bus; `npm run bench -- batching` measures it. */
  eventsPerEntry: number;
  bytesPerEvent: number;
  /** Messages of an inbox that one invocation of route-events takes (1 to 10). */
  messagesPerInvocation: number;
  /** Milliseconds that route-events waits for Odoo and works, per invocation. */
  routeMs: number;
  /** Between two statuses of an agent. */
  statusSeconds: number;
  archiveDays: number;
  /** X-Ray (`platform.tracing`). */
  tracing: boolean;
}

/** Measured on recorded calls at up to some hundred calls an hour and PBX (docs/cost.md). */
export const defaultCostInput: Omit<CostInput, 'events' | 'pbxs'> = {
  tenants: 1,
  jobs: 0,
  eventsPerEntry: 1.26,
  bytesPerEvent: 736,
  messagesPerInvocation: 1,
  routeMs: 150,
  statusSeconds: 60,
  archiveDays: 14,
  tracing: true,
};

export interface CostLine {
  /** What grows with it: the events, the jobs, each PBX or each tenant; or nothing (the platform itself). */
  of: 'events' | 'jobs' | 'pbx' | 'tenant' | 'platform';
  what: string;
  /** In words, with the names of CostInput. */
  formula: string;
  units: number;
  /** US dollars in a month. */
  dollars: number;
}

export interface CostReport {
  input: CostInput;
  lines: readonly CostLine[];
  /** US dollars in a month. */
  total: number;
  /** Of the lines of events alone, for a million of them. */
  perMillionEvents: number;
  /** Of the lines of PBXs alone, for each. */
  perPbx: number;
  perTenant: number;
}

const monthSeconds = 30 * 86_400;
const billedBytes = 65_536;
const gb = 1e9;

/** Memory of the functions in GB, and how long the small ones work. */
const routeGb = 0.25;
const smallGb = 0.25;
const smallSeconds = 0.03;
/** Lambda's pollers of one queue while nothing comes, each asking every 20 s. */
const idlePollers = 5;
const pollSeconds = 20;
/** A PBX's row holds two statuses of about 1.2 KB; every write is billed for the row, and twice for the index. */
const writesPerStatus = 3 + 2 + 3;
const readsPerStatus = 2;
const statusBytes = 1500;
/** A job: kept with its idempotency key in one transaction, its index, its result. */
const writesPerJob = 2 * 2 + 1 + 2;
const readsPerJob = 4;
const jobBytes = 1500;
const logBytesPerInvocation = 700;
const alarmsPerTenant = 6;
const metricsPerTenant = 7;
const platformAlarms = 10;
/** X-Ray traces a function's first invocation in each second, and this share of the others. */
const furtherTraces = 0.05;
const tracesName = 'X-Ray';
/** Of the HTTP API's access log. */
const platformMetrics = 2;
/** The key of the alarms' topic. */
const keyMonth = 1;
const dashboardMonth = 3;

export function fleetCost(input: CostInput): CostReport {
  const entries = input.events / input.eventsPerEntry;
  const entryBytes = input.eventsPerEntry * input.bytesPerEvent;
  const statuses = (input.pbxs * monthSeconds) / input.statusSeconds;
  const routed = (count: number): number => count / input.messagesPerInvocation;
  /** Every tenant has a route-events of its own. */
  const routeTraces = tracedShare(routed(entries + input.jobs + statuses) / Math.max(1, input.tenants));
  const allLines = [
    ...onTheBus('events', 'entries', entries, entryBytes, input),
    traces('events', routed(entries) * routeTraces),
    ...onTheBus('jobs', 'results', input.jobs, jobBytes, input),
    line('jobs', 'HTTP API', 'jobs', input.jobs, prices.httpRequest),
    line('jobs', 'submit-job', 'jobs', input.jobs, small()),
    line('jobs', 'job queues', 'jobs × (send + receive + delete)', input.jobs * 3, prices.sqsRequest),
    line('jobs', 'job table', `jobs × ${writesPerJob} writes`, input.jobs * writesPerJob, prices.dynamoWrite),
    line('jobs', 'job table', `jobs × ${readsPerJob} reads`, input.jobs * readsPerJob, prices.dynamoRead),
    traces('jobs', routed(input.jobs) * routeTraces + input.jobs * tracedShare(input.jobs)),
    ...onTheBus('pbx', 'statuses', statuses, statusBytes, input),
    line('pbx', 'agent-status', 'statuses', statuses, small()),
    line(
      'pbx',
      'PBX table',
      `statuses × ${writesPerStatus} writes`,
      statuses * writesPerStatus,
      prices.dynamoWrite,
    ),
    line(
      'pbx',
      'PBX table',
      `statuses × ${readsPerStatus} reads`,
      statuses * readsPerStatus,
      prices.dynamoRead,
    ),
    traces('pbx', routed(statuses) * routeTraces + statuses * tracedShare(statuses)),
    line(
      'pbx',
      'long polls of the agents',
      `pbxs × month / ${pollSeconds} s`,
      (input.pbxs * monthSeconds) / pollSeconds,
      prices.sqsRequest,
    ),
    line(
      'tenant',
      'idle polls of the inboxes',
      `tenants × ${idlePollers} × month / ${pollSeconds} s`,
      (input.tenants * idlePollers * monthSeconds) / pollSeconds,
      prices.sqsFifoRequest,
    ),
    line(
      'tenant',
      'alarms',
      `tenants × ${alarmsPerTenant}`,
      input.tenants * alarmsPerTenant,
      prices.alarmMonth,
    ),
    line(
      'tenant',
      'metrics',
      `tenants × ${metricsPerTenant}`,
      input.tenants * metricsPerTenant,
      prices.metricMonth,
    ),
    line('platform', 'sweep, console-relay', '2 × month / 60 s', (2 * monthSeconds) / 60, small()),
    traces('platform', (2 * monthSeconds) / 60),
    line('platform', 'alarms', `${platformAlarms}`, platformAlarms, prices.alarmMonth),
    line('platform', 'metrics', `${platformMetrics}`, platformMetrics, prices.metricMonth),
    line('platform', 'dashboard', '1', 1, dashboardMonth),
    line('platform', "key of the alarms' topic", '1', 1, keyMonth),
  ];
  const lines = allLines.filter(({ what }) => input.tracing || what !== tracesName);
  const total = sum(lines);
  const of = (kind: CostLine['of']): number => sum(lines.filter((one) => one.of === kind));
  return {
    input,
    lines,
    total,
    perMillionEvents: input.events === 0 ? 0 : (of('events') / input.events) * 1e6,
    perPbx: input.pbxs === 0 ? 0 : of('pbx') / input.pbxs,
    perTenant: input.tenants === 0 ? 0 : of('tenant') / input.tenants,
  };
}

/** The way of every entry: bus, inbox, route-events; the archive takes no statuses. */
function onTheBus(
  of: CostLine['of'],
  name: string,
  count: number,
  bytes: number,
  input: CostInput,
): CostLine[] {
  const invocations = count / input.messagesPerInvocation;
  const perInvocation =
    prices.lambdaRequest +
    routeGb * (input.routeMs / 1000) * prices.lambdaGbSecond +
    (logBytesPerInvocation / gb) * prices.logGb;
  return [
    line(
      of,
      'bus',
      `${name} × ⌈bytes / 64 KB⌉`,
      count * Math.ceil(bytes / billedBytes),
      prices.eventBridgeEntry,
    ),
    ...(of === 'pbx' ? [] : archived(of, name, count * bytes, input)),
    line(
      of,
      'inbox',
      `${name} × (1 + 2 / messagesPerInvocation)`,
      count * (1 + 2 / input.messagesPerInvocation),
      prices.sqsFifoRequest,
    ),
    line(of, 'route-events', `${name} / messagesPerInvocation`, invocations, perInvocation),
  ];
}

function archived(of: CostLine['of'], name: string, bytes: number, { archiveDays }: CostInput): CostLine[] {
  const stored = bytes / gb;
  return [
    line(of, 'archive', `${name} × bytes`, stored, prices.archiveIngestGb),
    line(
      of,
      'archive, kept',
      `${name} × bytes × archiveDays / 30`,
      (stored * archiveDays) / 30,
      prices.archiveStoredGbMonth,
    ),
  ];
}

/** At most this share of a function's invocations in a month is traced: fewer where they come in bursts. */
function tracedShare(invocations: number): number {
  if (invocations <= monthSeconds) return 1;
  return (monthSeconds + furtherTraces * (invocations - monthSeconds)) / invocations;
}

function traces(of: CostLine['of'], invocations: number): CostLine {
  return line(of, tracesName, 'traces: 1 a second of each function, 5 % of more', invocations, prices.trace);
}

/** One invocation of a small function with its log. */
function small(): number {
  return (
    prices.lambdaRequest +
    smallGb * smallSeconds * prices.lambdaGbSecond +
    (logBytesPerInvocation / gb) * prices.logGb
  );
}

function line(of: CostLine['of'], what: string, formula: string, units: number, price: number): CostLine {
  return { of, what, formula, units, dollars: units * price };
}

function sum(lines: readonly CostLine[]): number {
  return lines.reduce((total, { dollars }) => total + dollars, 0);
}
