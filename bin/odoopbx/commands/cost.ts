import { InvalidArgumentError } from 'commander';
import {
  defaultCostInput,
  fleetCost,
  type CostInput,
  type CostLine,
  type CostReport,
} from '#core/fleet/cost.ts';
import { pbxIdsOf } from '#core/fleet/fleet.ts';
import type { DefineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { renderTable } from '../terminal/table.ts';

interface Options {
  events: number;
  pbx?: number;
  tenants?: number;
  jobs: number;
  eventsPerEntry: number;
  bytesPerEvent: number;
  messagesPerInvocation: number;
  tracing: boolean;
}

export const defineCost: DefineCommand = (program, run) => {
  program
    .command('cost')
    .description('estimate what a fleet costs on AWS in a month')
    .requiredOption(
      '--events <number>',
      'AMI events in a month that some rule wants, all PBXs together',
      amount,
    )
    .option('--pbx <number>', 'PBXs; default: those of fleet.yaml', amount)
    .option('--tenants <number>', 'tenants; default: those of fleet.yaml, or one for each PBX', amount)
    .option('--jobs <number>', 'jobs (clicks to call) in a month', amount, defaultCostInput.jobs)
    .option(
      '--events-per-entry <number>',
      'events that share an entry of the bus; measure: npm run bench -- batching',
      atLeastOne,
      defaultCostInput.eventsPerEntry,
    )
    .option(
      '--bytes-per-event <number>',
      'bytes of one event in an entry',
      atLeastOne,
      defaultCostInput.bytesPerEvent,
    )
    .option(
      '--messages-per-invocation <number>',
      'entries that one invocation of route-events takes, 1 to 10',
      oneToTen,
      defaultCostInput.messagesPerInvocation,
    )
    .option('--no-tracing', 'without X-Ray (platform.tracing: false)')
    .addHelpText('after', '\nExample:\n  odoopbx cost --events 5000000 --pbx 300 --tenants 120 --jobs 200000')
    .action((options: Options) => run((context) => cost(context, options)));
};

function cost({ output, fleetFile }: Context, options: Options): void {
  const { pbx, tenants, tracing: _tracing, ...rest } = options;
  const fleet = pbx === undefined ? fleetFile().fleet : undefined;
  const pbxs = pbx ?? (fleet ? pbxIdsOf(fleet).length : 0);
  const input: CostInput = {
    ...defaultCostInput,
    ...rest,
    pbxs,
    tenants: tenants ?? (fleet ? Object.keys(fleet.tenants).length : pbxs),
    ...(fleet ? { archiveDays: fleet.platform.archiveDays, tracing: fleet.platform.tracing } : {}),
    ...(options.tracing ? {} : { tracing: false }),
  };
  const report = fleetCost(input);
  output.result(report, inWords(report));
}

function inWords({ input, lines, total, perMillionEvents, perPbx, perTenant }: CostReport): string {
  const columns = [
    { title: 'grows with' },
    { title: 'for' },
    { title: 'units', align: 'right' },
    { title: '$ a month', align: 'right' },
    { title: 'formula' },
  ] as const;
  const names = { events: 'events', jobs: 'jobs', pbx: 'PBXs', tenant: 'tenants', platform: '-' } as const;
  const row = ({ of, what, units, dollars, formula }: CostLine): string[] => [
    names[of],
    what,
    units.toLocaleString('en', { maximumFractionDigits: units < 100 ? 1 : 0 }),
    dollars.toFixed(2),
    formula,
  ];
  return [
    renderTable(columns, lines.filter(({ units }) => units > 0).map(row)),
    '',
    `${total.toFixed(2)} $ a month: ${perMillionEvents.toFixed(2)} $ for a million events, ` +
      `${perPbx.toFixed(2)} $ for each PBX, ${perTenant.toFixed(2)} $ for each tenant.`,
    `${input.eventsPerEntry} events share an entry; prices of us-east-1 without free tiers. docs/cost.md explains.`,
  ].join('\n');
}

function amount(text: string): number {
  const value = Number(text.replaceAll('_', ''));
  if (Number.isFinite(value) && value >= 0 && value <= 1e15) return value;
  throw new InvalidArgumentError('It must be a number of at least 0.');
}

function atLeastOne(text: string): number {
  const value = Number(text);
  if (value >= 1 && value <= 1e6) return value;
  throw new InvalidArgumentError('It must be a number of at least 1.');
}

function oneToTen(text: string): number {
  const value = Number(text);
  if (value >= 1 && value <= 10) return value;
  throw new InvalidArgumentError('It must be 1 to 10.');
}
