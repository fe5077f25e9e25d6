import { text } from 'node:stream/consumers';
import { asteriskCli } from './asterisk-service.ts';
import { exportPot } from './export-pot.ts';
import { labDestroy, labDown } from './down.ts';
import { writtenStatus, writeStatus } from './lab-status.ts';
import type { LabStatus } from './lab-status.ts';
import { runOdooShell } from './odoo-program.ts';
import { runOdooTests } from './odoo-test.ts';
import { LabNotPossible, notPossibleExitCode } from './possible.ts';
import { secondsSince } from './progress.ts';
import { printLogs } from './print-logs.ts';
import { serviceNames } from './service.ts';
import type { ServiceName } from './service.ts';
import { databaseName, labDir } from './settings.ts';
import { labUp, renewOdoo, startLabService, stopLabService } from './up.ts';

const usage = `Usage: npm run lab -- <command>

  up [--fresh]        build what is missing, start what does not run, update the addons;
                      --fresh makes Odoo's database anew
  down                stop everything
  status [--json]     what runs where
  start|stop <name>   one service: ${serviceNames.join(', ')}
  logs [<name>]       the end of the services' logs
  update-addons       update the addons in Odoo's database, restart Odoo
  fresh-db            make Odoo's database anew, with the addons
  odoo-test [<addon>] run the addons' own tests on a scratch database
  export-pot [<addon>] write the translation templates (i18n/*.pot) of the addons
  odoo-shell          run the Python script on standard input with Odoo's env
  asterisk "<cmd>"    run one command of Asterisk's CLI
  destroy             stop everything and remove ${labDir}

ODOOPBX_LAB_DIR moves the lab's folder, ODOOPBX_LAB_PORT_BASE its ports (25000).
Exit code ${notPossibleExitCode}: the lab cannot run on this machine.
`;

async function main(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args.filter((arg) => !arg.startsWith('--'));
  const has = (flag: string): boolean => args.includes(flag);
  switch (command) {
    case 'up':
      return report(await labUp({ fresh: has('--fresh') }), has('--json'));
    case 'down':
      await labDown();
      return 0;
    case 'status':
      return report(await currentStatus(), has('--json'));
    case 'start':
      return report(await startLabService(serviceNamed(rest[0])), has('--json'));
    case 'stop':
      return report(await stopLabService(serviceNamed(rest[0])), has('--json'));
    case 'logs':
      printLogs(rest[0] === undefined ? serviceNames : [serviceNamed(rest[0])]);
      return 0;
    case 'update-addons':
      return report(await renewOdoo('update-addons', { updateAddons: true }), has('--json'));
    case 'fresh-db':
      return report(await renewOdoo('fresh-db', { fresh: true }), has('--json'));
    case 'odoo-test':
      return runOdooTests(rest);
    case 'export-pot':
      await exportPot(rest);
      return 0;
    case 'odoo-shell':
      process.stdout.write(await runOdooShell(databaseName, await text(process.stdin)));
      return 0;
    case 'asterisk':
      process.stdout.write(await asteriskCli(rest.join(' ')));
      return 0;
    case 'destroy':
      await labDestroy();
      return 0;
    case undefined:
    default:
      process.stderr.write(usage);
      return 2;
  }
}

/** Looks at the processes anew: one may have died since the status was written. */
async function currentStatus(): Promise<LabStatus | undefined> {
  return writtenStatus() === undefined ? undefined : writeStatus();
}

function report(status: LabStatus | undefined, json: boolean): number {
  if (json) process.stdout.write(`${JSON.stringify(status ?? { state: 'absent', dir: labDir })}\n`);
  else process.stdout.write(`${status === undefined ? `no lab in ${labDir}` : inWords(status)}\n`);
  return 0;
}

function inWords(status: LabStatus): string {
  const { asterisk, odoo, postgresql, moto, services, versions } = status;
  const rows = [
    ['asterisk', versions.asterisk, `AMI ${asterisk.host}:${asterisk.port}, SIP ${asterisk.sip.port}`],
    ['odoo', versions.odoo, `${odoo.url} database ${odoo.db}, ${odoo.admin.login} / ${odoo.admin.password}`],
    ['postgresql', versions.postgresql, `${postgresql.host}:${postgresql.port}`],
    ['moto', versions.moto, moto.url],
  ] as const;
  const lines = rows.map(([name, version, where]) =>
    [name.padEnd(11), version.padEnd(15), services[name].padEnd(8), where].join(' '),
  );
  return [`lab in ${status.dir}: ${status.state}`, ...lines].join('\n');
}

function serviceNamed(name: string | undefined): ServiceName {
  const found = serviceNames.find((known) => known === name);
  if (found === undefined) throw new Error(`No service ${name}: there are ${serviceNames.join(', ')}`);
  return found;
}

const start = performance.now();
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`lab: ${message}\nlab: failed after ${secondsSince(start)}\n`);
  process.exitCode = error instanceof LabNotPossible ? notPossibleExitCode : 1;
}
