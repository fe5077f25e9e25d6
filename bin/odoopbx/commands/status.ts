import type { DefineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { parseCount } from '../duration.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import type { FleetState } from '../status/fleet-status.ts';
import { readFleetStatus } from '../status/read-fleet-status.ts';
import { showFleetStatus } from '../status/show-fleet-status.ts';
import { findTenant } from '../targets.ts';

interface Options {
  watch?: true | string;
}

export const defineStatus: DefineCommand = (program, run) => {
  program
    .command('status [tenant]')
    .description('agents, AMI links, spools, job queues, inboxes and DLQs at a glance')
    .option('-w, --watch [seconds]', 'again and again until Ctrl-C (every 10 s)')
    .addHelpText(
      'after',
      `
Exit code 3 when something is not well, so that it serves monitoring. Not well are: an agent silent for 3 minutes or
never enrolled, no AMI link, events older than 5 minutes in a spool or 15 minutes in an inbox, anything in a DLQ.

Examples:
  odoopbx status
  odoopbx status acme --watch
  odoopbx --json status | jq '.pbxs[] | select(.agent != "online")'`,
    )
    .action((tenant: string | undefined, options: Options) =>
      run((context) => status(context, tenant, options)),
    );
};

async function status(context: Context, tenant: string | undefined, { watch }: Options): Promise<ExitCode> {
  const { fleet } = context.fleetFile();
  const tenants = tenant === undefined ? fleet.tenants : { [tenant]: findTenant(fleet, tenant).config };
  const { world, names } = context;
  const cloud = await context.cloud();
  const read = () => readFleetStatus({ tenants }, names(), cloud, world.clock.now() / 1000);
  if (watch !== undefined) return watchStatus(context, read, watch === true ? '10' : watch);
  context.output.progress('reading the fleet …');
  return show(context, await read());
}

async function watchStatus(
  context: Context,
  read: () => Promise<FleetState>,
  everySeconds: string,
): Promise<ExitCode> {
  const { world, output } = context;
  const seconds = parseCount(everySeconds, { option: '--watch', min: 2, max: 3600 });
  const stop = new AbortController();
  const release = world.onInterrupt(() => stop.abort());
  try {
    let code: ExitCode = exitCodes.ok;
    while (!stop.signal.aborted) {
      const state = await read();
      if (world.stdout.isTTY && !output.json) world.stdout.write('\u001B[2J\u001B[H');
      code = show(context, state);
      await world.clock.sleep(seconds * 1000, stop.signal);
    }
    return code;
  } finally {
    release();
  }
}

function show({ output }: Context, state: FleetState): ExitCode {
  output.result(state, showFleetStatus(state, output.paint));
  return state.healthy ? exitCodes.ok : exitCodes.unhealthy;
}
