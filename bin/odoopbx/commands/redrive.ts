import { Option } from 'commander';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { Cloud } from '../cloud/cloud.ts';
import type { DefineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { parseCount } from '../duration.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { type DeadLetter, type DeadLetterKind, groupDeadLetters } from '../redrive/dead-letter.ts';
import { lookInto } from '../redrive/look-into.ts';
import { moveBack } from '../redrive/move-back.ts';
import { findTenant } from '../targets.ts';
import { confirmed } from '../terminal/confirm.ts';
import { renderTable } from '../terminal/table.ts';

interface Options {
  from: DeadLetterKind | 'both';
  dryRun?: boolean;
  max?: string;
  yes?: boolean;
}

interface Source {
  readonly kind: DeadLetterKind;
  readonly queue: string;
  readonly depth: number;
}

/** To show what lies there; the rest is counted. */
const shownAtMost = 100;

export const defineRedrive: DefineCommand = (program, run) => {
  program
    .command('redrive <tenant>')
    .description("put what Odoo could not take back into the tenant's inbox")
    .addOption(
      new Option('--from <dlq>', 'parked: Odoo could not take it; undelivered: it did not reach the inbox')
        .choices(['parked', 'undelivered', 'both'])
        .default('both'),
    )
    .option('--dry-run', 'only show what lies there')
    .option('--max <count>', 'move at most so many')
    .option('-y, --yes', 'do not ask')
    .addHelpText(
      'after',
      `
Correct the cause first (a handler in Odoo, a missing model): what fails again is parked again. It moves message by
message and can be interrupted and repeated; with the addon nothing is done twice.

Examples:
  odoopbx redrive acme --dry-run
  odoopbx redrive acme --from parked --max 1
  odoopbx redrive acme --yes`,
    )
    .action((tenant: string, options: Options) => run((context) => redrive(context, tenant, options)));
};

async function redrive(context: Context, tenant: string, options: Options): Promise<ExitCode> {
  const { output, names } = context;
  findTenant(context.fleetFile().fleet, tenant);
  const max =
    options.max === undefined ? Infinity : parseCount(options.max, { option: '--max', min: 1, max: 1e8 });
  const cloud = await context.cloud();
  const sources = await findSources(context, cloud, tenant, options.from);
  const total = sources.reduce((sum, { depth }) => sum + depth, 0);
  const letters: DeadLetter[] = [];
  for (const { kind, queue, depth } of sources) {
    if (depth > 0) letters.push(...(await lookInto(cloud.queues, queue, kind, Math.min(shownAtMost, max))));
  }
  const groups = groupDeadLetters(letters);
  const lying = Object.fromEntries(sources.map(({ kind, depth }) => [kind, depth]));
  if (options.dryRun || letters.length === 0) {
    output.result(
      { tenant, lying, seen: letters.length, groups, moved: 0 },
      showLetters(tenant, total, letters),
    );
    return exitCodes.ok;
  }
  output.note(showLetters(tenant, total, letters));
  const question = `Put ${max < total ? max : 'them'} back into ${tenant}'s inbox?`;
  if (!(await confirmed(context, question, options.yes))) return exitCodes.failure;
  const groupId = await cloud.replays.messageGroup(names().bus, names().inboxRule(tenant));
  if (groupId === undefined) throw notDeployed(tenant);
  const moved = await moveAll(context, cloud, { sources, max, total, groupId, inbox: names().inbox(tenant) });
  output.result(
    { tenant, lying, seen: letters.length, groups, moved },
    `${moved} put back into ${tenant}'s inbox.`,
  );
  return exitCodes.ok;
}

async function findSources(
  { names }: Context,
  { queues }: Cloud,
  tenant: string,
  from: Options['from'],
): Promise<Source[]> {
  const queueOf = { parked: names().parked(tenant), undelivered: names().undelivered(tenant) };
  const kinds: DeadLetterKind[] = from === 'both' ? ['undelivered', 'parked'] : [from];
  return Promise.all(
    kinds.map(async (kind) => {
      const depth = await queues.depth(queueOf[kind]);
      if (!depth) throw notDeployed(tenant);
      return { kind, queue: queueOf[kind], depth: depth.waiting + depth.inFlight };
    }),
  );
}

interface MoveAll {
  sources: readonly Source[];
  max: number;
  total: number;
  inbox: string;
  groupId: string;
}

async function moveAll({ world, output }: Context, { queues }: Cloud, all: MoveAll): Promise<number> {
  const stop = new AbortController();
  const release = world.onInterrupt(() => stop.abort());
  let moved = 0;
  try {
    for (const { queue, depth } of all.sources) {
      const before = moved;
      const onMoved = (count: number) => output.progress(`${before + count} of ${all.total} …`);
      const max = Math.min(depth, all.max - moved);
      const { groupId, inbox: to } = all;
      moved += await moveBack({ queues, from: queue, to, groupId, max, stop: stop.signal, onMoved });
    }
  } finally {
    release();
  }
  if (stop.signal.aborted)
    output.note(`Interrupted after ${moved}; the rest stays where it is. Run it again to go on.`);
  return moved;
}

function showLetters(tenant: string, total: number, letters: readonly DeadLetter[]): string {
  if (letters.length === 0)
    return `Nothing lies in ${tenant}'s DLQs${total > 0 ? ' that can be seen now' : ''}.`;
  const rows = groupDeadLetters(letters).map(({ count, kind, code, detailType, message }) => [
    String(count),
    kind,
    code,
    detailType,
    message.length > 100 ? `${message.slice(0, 100)}…` : message,
  ]);
  const titles = ['COUNT', 'FROM', 'CODE', 'WHAT', 'WHY'].map((title) => ({ title }));
  const rest = total > letters.length ? `\nThe first ${letters.length} of about ${total}.` : '';
  return renderTable(titles, rows) + rest;
}

function notDeployed(tenant: string): OdoopbxError {
  return new OdoopbxError('NOT_DEPLOYED', `tenant ${tenant} is not deployed here: odoopbx deploy ${tenant}`);
}
