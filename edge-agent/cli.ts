import { Command, CommanderError, Option } from 'commander';
import { OdoopbxError, messageOf } from '#core/errors/odoopbx-error.ts';
import type * as z from 'zod';
import { findConfig, usualPlaces } from './config/find-config.ts';
import { readConfigFile, readStateDir } from './config/read-config.ts';
import { type AgentConfig, agentConfigSchema } from './config/schema.ts';
import {
  type SetupWorld,
  addEnroll,
  addSetupAmi,
  addSetupConsole,
  systemSetupWorld,
} from './setup-commands.ts';
import { livenessOf, showStatus } from './status/show-status.ts';
import { readStatusFile } from './status/status-file.ts';

/** Exit codes of `odoopbx-agent`; systemd and monitoring rely on them. */
export const exitCodes = {
  ok: 0,
  /** Something failed while running. */
  failure: 1,
  /** The command line or the configuration is wrong: starting again does not help. */
  usage: 2,
  /** `status`: offline, stale or no agent. */
  notOnline: 3,
} as const;

/** What a command touches of the world outside. */
export interface CliWorld {
  env: Readonly<Record<string, string | undefined>>;
  stdout: (text: string) => void;
  stderr: (text: string) => void;
  /** Unix milliseconds. */
  now: () => number;
}

export interface CliOptions<C extends AgentConfig> {
  version: string;
  /** agentConfigSchema, or an extension of it. */
  schema: z.ZodType<C>;
  /** Runs the agent until `stop` aborts, then shuts down cleanly and resolves. */
  run: (config: C, stop: AbortSignal) => Promise<void>;
  world?: CliWorld;
  /** What `enroll` and `setup-ami` touch of the machine. */
  setup?: SetupWorld;
}

const processWorld: CliWorld = {
  env: process.env,
  stdout: (text) => void process.stdout.write(`${text}\n`),
  stderr: (text) => void process.stderr.write(`${text}\n`),
  now: () => Date.now(),
};

interface ConfigOption {
  config?: string;
}

export interface Cli {
  /** Runs one command (arguments without node and script) and resolves with the exit code. Never rejects. */
  main(args: readonly string[]): Promise<number>;
}

export function createCli<C extends AgentConfig>(options: CliOptions<C>): Cli {
  const { version, schema, run, world = processWorld, setup = systemSetupWorld } = options;

  function read(path: string): C {
    const { config, warnings } = readConfigFile(path, schema, world.env);
    for (const warning of warnings) world.stderr(`warning: ${warning}`);
    return config;
  }

  function status(path: string, json: boolean): number {
    const stateDir = readStateDir(path);
    const file = readStatusFile(stateDir);
    if (!file) {
      const message = `no agent has run with the state folder ${stateDir}`;
      world.stdout(json ? JSON.stringify({ state: 'offline', message }) : `offline: ${message}`);
      return exitCodes.notOnline;
    }
    const state = livenessOf(file, world.now() / 1000);
    world.stdout(json ? JSON.stringify({ state, ...file }) : showStatus(file, world.now() / 1000));
    return state === 'online' ? exitCodes.ok : exitCodes.notOnline;
  }

  function program(done: (code: number) => void): Command {
    const root = new Command('odoopbx-agent')
      .description('The agent on a PBX: Asterisk events to Odoo, jobs from Odoo to Asterisk.')
      .version(version)
      .exitOverride()
      .configureOutput({
        writeOut: (text) => world.stdout(text.trimEnd()),
        writeErr: (text) => world.stderr(text.trimEnd()),
      })
      .addHelpText(
        'after',
        '\nExit codes: 0 all is well, 1 failure, 2 wrong command line or configuration, 3 not online (status).',
      );
    const command = (name: string, description: string) =>
      root
        .command(name)
        .description(description)
        .addOption(
          new Option('-c, --config <file>', `configuration (default: ${usualPlaces})`).env('ODOOPBX_CONFIG'),
        );
    command('run', 'run in the foreground until SIGTERM or SIGINT').action(
      async ({ config = findConfig() }: ConfigOption) => {
        await runUntilSignal(read(config), run, world);
        done(exitCodes.ok);
      },
    );
    command('status', 'show what the running agent last wrote')
      .option('--json', 'as one JSON object', false)
      .action(({ config = findConfig(), json }: ConfigOption & { json: boolean }) =>
        done(status(config, json)),
      );
    command('check-config', 'list every problem of the configuration').action(
      ({ config = findConfig() }: ConfigOption) => {
        const { pbx } = read(config);
        world.stdout(`${config}: valid (PBX ${pbx})`);
        done(exitCodes.ok);
      },
    );
    const setupOptions = { env: world.env, read, progress: world.stderr, setup };
    addEnroll(root, setupOptions).hook('postAction', () => done(exitCodes.ok));
    addSetupAmi(
      command('setup-ami', "make the agent's users in Asterisk's manager interface, and check them"),
      setupOptions,
    ).hook('postAction', () => done(exitCodes.ok));
    addSetupConsole(
      command('setup-console', 'make Asterisk hold back the account that the console runs as'),
      setupOptions,
    ).hook('postAction', () => done(exitCodes.ok));
    return root;
  }

  return {
    async main(args) {
      let code: number = exitCodes.usage;
      try {
        await program((result) => (code = result)).parseAsync([...args], { from: 'user' });
        return code;
      } catch (error) {
        // Help and version come as "errors" of commander with exit code 0; the others have printed themselves.
        if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
        world.stderr(`odoopbx-agent: ${messageOf(error)}`);
        const wrong = error instanceof OdoopbxError && error.code === 'CONFIG_INVALID';
        return wrong ? exitCodes.usage : exitCodes.failure;
      }
    },
  };
}

/** The first signal stops cleanly, the second at once (128 + its number, as a shell would say). */
async function runUntilSignal<C>(
  config: C,
  run: (config: C, stop: AbortSignal) => Promise<void>,
  world: CliWorld,
): Promise<void> {
  const stop = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => {
    if (stop.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143);
    world.stderr(`odoopbx-agent: ${signal}, stopping (once more to stop at once)`);
    stop.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    await run(config, stop.signal);
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

/** The CLI with the agent's own configuration alone. */
export type AgentCliOptions = Omit<CliOptions<AgentConfig>, 'schema'>;

export function createAgentCli(options: AgentCliOptions): Cli {
  return createCli({ ...options, schema: agentConfigSchema });
}
