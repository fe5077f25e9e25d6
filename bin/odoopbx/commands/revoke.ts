import type { DefineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { cutOff } from '../cut-off.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { findPbx } from '../targets.ts';
import { confirmed } from '../terminal/confirm.ts';

export const defineRevoke: DefineCommand = (program, run) => {
  program
    .command('revoke <tenant/pbx>')
    .description('cut off a PBX: deactivate its certificate, end its enrolment code')
    .option('-y, --yes', 'do not ask')
    .addHelpText(
      'after',
      `
For a stolen or replaced PBX. Its agent gets no new credentials; those it has end within their lifetime (an hour).
The job queue, the door keys and fleet.yaml stay as they are.

Example:
  odoopbx revoke acme/hq && odoopbx invite acme/hq`,
    )
    .action((target: string, options: { yes?: boolean }) =>
      run((context) => revoke(context, target, options)),
    );
};

async function revoke(context: Context, target: string, { yes }: { yes?: boolean }): Promise<ExitCode> {
  const { tenant, name, pbx } = findPbx(context.fleetFile().fleet, target);
  const question = `${tenant}/${name}: its agent is cut off until it is enrolled anew. Go on?`;
  if (!(await confirmed(context, question, yes))) return exitCodes.failure;
  const certificates = await cutOff(await context.cloud(), pbx);
  context.output.result(
    { pbx, certificates },
    [
      certificates.length === 0
        ? `${tenant}/${name} had no certificate; its enrolment code, if any, is ended.`
        : `${tenant}/${name} is cut off: ${certificates.length} certificate(s) deactivated and detached.`,
      `To enrol it anew: odoopbx invite ${tenant}/${name}`,
    ].join('\n'),
  );
  return exitCodes.ok;
}
