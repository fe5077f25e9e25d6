import { Command, CommanderError, Option } from 'commander';
import { isAbsolute, resolve } from 'node:path';
import type { ErrorCode } from '#core/errors/error-codes.ts';
import { OdoopbxError, messageOf } from '#core/errors/odoopbx-error.ts';
import { explainAwsError } from './cloud/explain-aws-error.ts';
import type { Run } from './command.ts';
import { commandSections } from './commands.ts';
import { createContext, type Context } from './context.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';
import { paintFor } from './terminal/paint.ts';
import { packageVersion } from './version.ts';
import type { World } from './world.ts';

interface GlobalOptions {
  fleet: string;
  json?: boolean;
}

/** Runs one command (arguments without node and script) and resolves with the exit code. Never rejects. */
export async function runCli(args: readonly string[], world: World): Promise<ExitCode> {
  let code: ExitCode = exitCodes.ok;
  let context: Context | undefined;
  const program = createProgram(world, asksForJson(args), async (deed) => {
    const { fleet, json } = program.opts<GlobalOptions>();
    context = createContext(
      world,
      fleetPathOf(fleet, program.getOptionValueSource('fleet'), world),
      json ?? false,
    );
    code = (await deed(context)) ?? exitCodes.ok;
    context.output.end();
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    // Commander has printed its own already. Help and version come as "errors" with exit code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    context?.output.end();
    return report(error, world, context);
  }
}

/** Also where the command line is wrong, and commander has read no option yet. */
function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end === -1 ? undefined : end).includes('--json');
}

function createProgram(world: World, json: boolean, run: Run): Command {
  const program = new Command('odoopbx')
    .description("The operator's commands for a fleet of PBXs between Asterisk and Odoo, in one AWS account.")
    .version(packageVersion())
    .addOption(new Option('-f, --fleet <file>', 'the fleet').env('FLEET_FILE').default('fleet.yaml'))
    .option('--json', 'answer with one line of JSON')
    .configureHelp({
      showGlobalOptions: true,
      subcommandTerm: commandTerm,
      styleTitle: (title) => paintFor(world.stdout.isTTY, world.env)('bold', title),
    })
    .configureOutput({
      writeOut: (text) => world.stdout.write(text),
      writeErr: (text) => world.stderr.write(text),
      outputError: (text) =>
        complain(world, json, {
          code: 'CONFIG_INVALID',
          message: text
            .replace(/^error: /, '')
            .trim()
            .replace('\n', ' '),
        }),
      getOutHelpWidth: () => Math.min(world.stdout.columns ?? 100, 110),
      getErrHelpWidth: () => Math.min(world.stderr.columns ?? 100, 110),
    })
    .showSuggestionAfterError()
    .helpCommand(false)
    .exitOverride()
    .addHelpText(
      'after',
      `
AWS credentials come from the usual places (AWS_PROFILE, AWS_ACCESS_KEY_ID …, SSO); the region from fleet.yaml.
Exit codes: 0 done, 1 failed, 2 wrong command line or fleet.yaml, 3 something is not well (status, doctor).

A fleet from nothing:
  odoopbx init --region eu-central-1
  odoopbx add tenant acme --odoo-url https://acme.odoo.com --db acme --login pbx
  odoopbx add pbx acme/hq
  odoopbx secret set acme
  odoopbx deploy --all
  odoopbx key rotate acme/hq      prints the key to put into Odoo
  odoopbx invite acme/hq          prints the line to run on the PBX
  odoopbx status --watch

In this checkout: alias odoopbx='npm run -s fleet --'`,
    );
  for (const { heading, commands } of commandSections) {
    program.commandsGroup(heading);
    for (const define of commands) define(program, run);
  }
  return program;
}

/** `key rotate|add|list|remove`, `invite <tenant/pbx>`: the options are in the command's own help. */
function commandTerm(command: Command): string {
  const inner = command.commands.map((sub) => sub.name()).join('|');
  const taken = command.registeredArguments.map((argument) => {
    const name = argument.name() + (argument.variadic ? '...' : '');
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return [command.name(), inner, ...taken].filter(Boolean).join(' ');
}

/** npm runs scripts in the checkout: a name that was typed means the folder in which it was typed. */
function fleetPathOf(fleet: string, source: string | undefined, { cwd, env }: World): string {
  if (isAbsolute(fleet)) return fleet;
  const typedIn = env['npm_lifecycle_event'] === 'fleet' && source === 'cli' ? env['INIT_CWD'] : undefined;
  return resolve(typedIn ?? cwd, fleet);
}

function report(thrown: unknown, world: World, context: Context | undefined): ExitCode {
  const error = explainAwsError(thrown, { region: regionOf(context), profile: world.env['AWS_PROFILE'] });
  const code = error instanceof OdoopbxError ? error.code : undefined;
  complain(world, context?.output.json ?? false, { code, message: messageOf(error) });
  return code === 'CONFIG_INVALID' ? exitCodes.usage : exitCodes.failure;
}

function complain(
  { stderr, env }: World,
  json: boolean,
  { code, message }: { code: ErrorCode | undefined; message: string },
): void {
  stderr.write(
    json
      ? `${JSON.stringify({ error: { code: code ?? 'FAILED', message } })}\n`
      : `${paintFor(stderr.isTTY, env)('red', 'odoopbx:')} ${message}${code ? ` (${code})` : ''}\n`,
  );
}

function regionOf(context: Context | undefined): string | undefined {
  try {
    return context?.fleetFile().fleet.platform.region;
  } catch {
    return undefined;
  }
}
