import { messageOf } from '#core/errors/odoopbx-error.ts';
import type { Cloud } from '../cloud/cloud.ts';
import { explainAwsError } from '../cloud/explain-aws-error.ts';
import type { DefineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import type { Check, Examine } from '../doctor/check.ts';
import { examineAgents, examineIdentities } from '../doctor/examine-pbxs.ts';
import { examineStacks } from '../doctor/examine-stacks.ts';
import { examineAlarms, examineQueues, examineSecrets, examineTables } from '../doctor/examine-storage.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { findPbx, findTenant } from '../targets.ts';
import type { Paint } from '../terminal/paint.ts';
import { packageVersion } from '../version.ts';

const examinations: readonly Examine[] = [
  examineStacks,
  examineTables,
  examineQueues,
  examineSecrets,
  examineIdentities,
  examineAgents,
  examineAlarms,
];

export const defineDoctor: DefineCommand = (program, run) => {
  program
    .command('doctor [tenant[/pbx]]')
    .description(
      'check credentials, stacks, secrets, certificates, queues, agents and clocks, with the next step',
    )
    .addHelpText(
      'after',
      '\nExit code 3 when a check fails.\n\nExamples:\n  odoopbx doctor\n  odoopbx doctor acme/hq',
    )
    .action((target: string | undefined) => run((context) => doctor(context, target)));
};

async function doctor(context: Context, target: string | undefined): Promise<ExitCode> {
  const { output, world, names } = context;
  const { fleet } = context.fleetFile();
  const tenants = target === undefined ? fleet.tenants : only(context, target);
  let cloud: Cloud;
  try {
    cloud = await context.cloud();
  } catch (error) {
    return answer(context, [failed(context, 'account', error)]);
  }
  const checks: Check[] = [
    { name: 'account', state: 'ok', message: `${cloud.account} in ${cloud.region}, as ${cloud.caller}` },
  ];
  const examined = {
    tenants,
    fleet,
    names: names(),
    cloud,
    now: world.clock.now() / 1000,
    version: packageVersion(),
  };
  for (const examine of examinations) {
    output.progress(`${checks.length} checks …`);
    try {
      checks.push(...(await examine(examined)));
    } catch (error) {
      // Access denied to one service is no reason to leave the others out.
      checks.push(failed(context, examine.name.replace('examine', '').toLowerCase(), error));
    }
  }
  return answer(context, checks);
}

function failed({ world, fleetFile }: Context, name: string, error: unknown): Check {
  const where = { region: fleetFile().fleet.platform.region, profile: world.env['AWS_PROFILE'] };
  return { name, state: 'fail', message: messageOf(explainAwsError(error, where)) };
}

function answer({ output }: Context, checks: readonly Check[]): ExitCode {
  const count = (state: Check['state']) => checks.filter((check) => check.state === state).length;
  const summary = { ok: count('ok'), warn: count('warn'), fail: count('fail') };
  const lines = checks.map((check) => showCheck(check, output.paint));
  const last = `${summary.ok} ok, ${summary.warn} to look at, ${summary.fail} failed`;
  output.result({ healthy: summary.fail === 0, ...summary, checks }, [...lines, '', last].join('\n'));
  return summary.fail === 0 ? exitCodes.ok : exitCodes.unhealthy;
}

function only({ fleetFile }: Context, target: string): Examined {
  const { fleet } = fleetFile();
  if (!/[/_]/.test(target)) return { [target]: findTenant(fleet, target).config };
  const { tenant, name, config, pbxConfig } = findPbx(fleet, target);
  return { [tenant]: { ...config, pbxs: { [name]: pbxConfig } } };
}
type Examined = ReturnType<Context['fleetFile']>['fleet']['tenants'];

function showCheck({ name, state, message, next }: Check, paint: Paint): string {
  const colour = state === 'ok' ? 'green' : state === 'warn' ? 'yellow' : 'red';
  return `${paint(colour, state.padEnd(4))}  ${name}: ${message}${next === undefined ? '' : `\n      → ${next}`}`;
}
