import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { BusReplays, ReplayState } from '../cloud/bus-replays.ts';
import type { DefineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { findTenant } from '../targets.ts';
import { confirmed } from '../terminal/confirm.ts';
import { parseInstant } from '../instant.ts';

interface Options {
  from: string;
  to: string;
  yes?: boolean;
}

const pollMs = 5000;

export const defineReplay: DefineCommand = (program, run) => {
  program
    .command('replay <tenant>')
    .description("let a tenant's Odoo have the events of a span of time again, from the bus's archive")
    .requiredOption('--from <time>', 'ISO 8601 with offset or Z: 2026-11-20T08:00Z')
    .requiredOption('--to <time>', 'the end; events of the last ten minutes may not be archived yet')
    .option('-y, --yes', 'do not ask')
    .addHelpText(
      'after',
      `
Only this tenant's rule gets the events. With the addon that is safe: every item carries a key (PBX, epoch, sequence,
rule) and what was done already is not done again; only what is missing in Odoo is made. Without the addon
that holds for rules with a key (fleet.yaml) alone.
Ctrl-C asks whether to cancel the replay or to leave it running.

Example:
  odoopbx replay acme --from 2026-11-20T08:00Z --to 2026-11-20T12:30Z`,
    )
    .action((tenant: string, options: Options) => run((context) => replay(context, tenant, options)));
};

async function replay(context: Context, tenant: string, { from, to, yes }: Options): Promise<ExitCode> {
  const { world, output, names } = context;
  const { fleet } = context.fleetFile();
  const { config } = findTenant(fleet, tenant);
  const span = { from: parseInstant(from, '--from'), to: parseInstant(to, '--to') };
  checkSpan(span, fleet.platform.archiveDays, world.clock.now());
  const times = config.rules
    ? `${tenant} works without the addon: its rules without a key make every record once more`
    : `With the addon nothing is done twice`;
  const when = `${new Date(span.from).toISOString()} to ${new Date(span.to).toISOString()}`;
  if (!(await confirmed(context, `Replay ${when} to ${tenant}. ${times}. Go on?`, yes)))
    return exitCodes.failure;
  const { replays } = await context.cloud();
  const name = `${fleet.platform.name}-${tenant}-${world.clock.now()}`.slice(0, 64);
  const { bus, archive } = names();
  const rule = names().inboxRule(tenant);
  const begun = await replays.start({ name, archive, bus, rule, ...span });
  if (!begun) {
    throw new OdoopbxError('NOT_DEPLOYED', `the archive ${archive} or the rule ${rule} is not deployed here`);
  }
  output.note(`Replay ${name} has begun.`);
  const end = await follow(context, replays, { name, ...span });
  output.result({ tenant, replay: name, status: end.status }, `Replay ${name}: ${end.status.toLowerCase()}.`);
  return end.status === 'COMPLETED' || end.status === 'RUNNING' ? exitCodes.ok : exitCodes.failure;
}

function checkSpan({ from, to }: { from: number; to: number }, archiveDays: number, now: number): void {
  const problem =
    from >= to
      ? '--from must be before --to'
      : to > now
        ? '--to must not be in the future'
        : from < now - archiveDays * 86_400_000
          ? `--from must be within the archive's ${archiveDays} days (platform.archiveDays)`
          : undefined;
  if (problem !== undefined) throw new OdoopbxError('CONFIG_INVALID', problem);
}

/** Until it ends, or the operator leaves it running (then RUNNING). */
async function follow(
  context: Context,
  replays: BusReplays,
  { name, from, to }: { name: string; from: number; to: number },
): Promise<ReplayState> {
  const { world, output } = context;
  let interrupt = new AbortController();
  const release = world.onInterrupt(() => interrupt.abort());
  try {
    for (;;) {
      const state = await replays.state(name);
      if (state.status === 'COMPLETED' || state.status === 'CANCELLED') return state;
      if (state.status === 'FAILED') {
        throw new OdoopbxError(
          'REPLAY_FAILED',
          `replay ${name} failed: ${state.reason ?? 'EventBridge says no more'}`,
        );
      }
      const share = state.reachedAt === undefined ? 0 : (state.reachedAt - from) / (to - from);
      output.progress(
        `${state.status.toLowerCase()}, ${Math.round(Math.min(1, Math.max(0, share)) * 100)} % …`,
      );
      if (interrupt.signal.aborted) {
        interrupt = new AbortController();
        if (!(await wantsToCancel(context))) return { ...state, status: 'RUNNING' };
        await replays.cancel(name);
      }
      await world.clock.sleep(pollMs, interrupt.signal);
    }
  } finally {
    release();
  }
}

/** Who interrupts where nobody can answer wants it to end. */
async function wantsToCancel({ world, output }: Context): Promise<boolean> {
  if (!world.stdin.isTTY) return true;
  output.end();
  const answer = await world.stdin.readLine('Cancel the replay? (no: it goes on without you) [y/N] ');
  return /^y(es)?$/i.test(answer.trim());
}
