/** The commands that make a machine a PBX of the platform: enroll, setup-ami, setup-console. */
import { randomBytes } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { EnrollmentAnswer, EnrollmentRequest } from '#core/contracts/enrollment.ts';
import type { PbxId } from '#core/contracts/names.ts';
import { OdoopbxError, messageOf } from '#core/errors/odoopbx-error.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Host } from '#core/ports/host.ts';
import { amiSettings } from './agent-parts.ts';
import { checkLogin } from './check-login.ts';
import { configFromEnvironment } from './config/environment.ts';
import { findConfig } from './config/find-config.ts';
import type { AgentConfig } from './config/schema.ts';
import { withAmiAddress } from './enroll/agent-config.ts';
import { enroll } from './enroll/enroll.ts';
import { type PostOptions, postEnrollment } from './enroll/post-enrollment.ts';
import type { AmiAccess } from './enroll/store-identity.ts';
import type { SetupAmiParts } from './setup/ami-options.ts';
import { setupAmi } from './setup/setup-ami.ts';
import { setupConsole } from './setup/setup-console.ts';
import { serviceFolders, startService, systemdRuns } from './setup/start-service.ts';
import { systemClock } from './system-clock.ts';
import { systemHost } from './system-host.ts';

/** What the commands touch of the machine; the real things unless a test gives others. */
export interface SetupWorld {
  host: Host;
  clock: Clock;
  post: (url: URL, request: EnrollmentRequest, options: PostOptions) => Promise<EnrollmentAnswer>;
  checkLogin: typeof checkLogin;
  /** Where the systemd unit looks: elsewhere no service is started. */
  serviceFolders: { configDir: string; stateRoot: string };
}

export const systemSetupWorld: SetupWorld = {
  host: systemHost,
  clock: systemClock,
  post: postEnrollment,
  checkLogin,
  serviceFolders,
};

export interface SetupCommandOptions {
  env: Readonly<Record<string, string | undefined>>;
  /** Reads and validates a configuration. Throws CONFIG_INVALID. */
  read: (path: string) => AgentConfig;
  progress: (line: string) => void;
  setup: SetupWorld;
}

interface AmiFlags {
  asterisk: string;
  asteriskConfigDir?: string;
  amiFilter?: string[];
  amiRead?: string[];
  amiWrite?: string[];
}

interface EnrollFlags extends AmiFlags {
  configDir: string;
  stateDir: string;
  user: string;
  setupAmi: boolean;
  service: boolean;
  force: boolean;
  amiHost?: string;
  amiPort?: number;
  amiEventsUser?: string;
  amiActionsUser?: string;
  proxy?: string;
  ca?: string;
}

const list = (text: string): string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');

function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new InvalidArgumentError('a port is 1 to 65535');
}

function amiOptions(command: Command): Command {
  return command
    .option('--asterisk-config-dir <folder>', 'where manager.conf is (default: Asterisk is asked)')
    .option('--asterisk <program>', "Asterisk's program", 'asterisk')
    .option(
      '--ami-filter <events>',
      'let Asterisk send these events alone (Cdr,Hangup,…): rules for others get none',
      list,
    )
    .option('--ami-read <classes>', 'read classes besides the usual ones, such as cc,aoc', list)
    .option(
      '--ami-write <classes>',
      'write classes besides originate,call,reporting, such as agent for queues',
      list,
    );
}

/** Adds `setup-ami` to `command`, which has --config. */
export function addSetupAmi(command: Command, options: SetupCommandOptions): Command {
  return amiOptions(command)
    .option('--dry-run', 'only tell what would be done', false)
    .action(async (flags: AmiFlags & { config?: string; dryRun: boolean }) => {
      await runSetupAmi(flags.config ?? findConfig(), flags, flags.dryRun, options);
    });
}

interface ConsoleFlags {
  config?: string;
  asterisk: string;
  asteriskConfigDir?: string;
  account?: string;
  dryRun: boolean;
}

/** Adds `setup-console` to `command`, which has --config. */
export function addSetupConsole(command: Command, options: SetupCommandOptions): Command {
  return command
    .option('--account <name>', 'whom the console runs as (default: console.user, else odoopbx-agent)')
    .option('--asterisk-config-dir <folder>', 'where cli_permissions.conf is (default: Asterisk is asked)')
    .option('--asterisk <program>', "Asterisk's program", 'asterisk')
    .option('--dry-run', 'only tell what would be done', false)
    .action(async ({ config, account, asterisk, asteriskConfigDir, dryRun }: ConsoleFlags) => {
      const { read, progress, setup } = options;
      const user = account ?? read(config ?? findConfig()).console.user ?? 'odoopbx-agent';
      const where = asteriskConfigDir === undefined ? {} : { asteriskConfigDir };
      await setupConsole({ account: user, asterisk, dryRun, ...where }, { host: setup.host, progress });
    });
}

/** Adds `enroll`. */
export function addEnroll(root: Command, options: SetupCommandOptions): Command {
  const command = root
    .command('enroll')
    .description('get this PBX its identity by an invitation, write its configuration, start its service')
    .argument('<url>', "the platform's address, from odoopbx invite")
    .argument('<code>', 'the one-time code, from odoopbx invite')
    .option('--setup-ami', "make the agent's users in Asterisk (see setup-ami)", false)
    .option('--no-service', 'do not enable and start odoopbx-agent@<pbx>')
    .option('--force', 'replace a configuration that is not of this PBX', false)
    .option('--proxy <url>', 'HTTPS proxy for this and for the agent (default: HTTPS_PROXY)')
    .option('--ca <file>', 'PEM of an authority to trust besides the usual ones')
    .option('--ami-host <address>', 'for a new configuration (default: 127.0.0.1)')
    .addOption(new Option('--ami-port <port>', 'for a new configuration (default: 5038)').argParser(portOf))
    .option('--ami-events-user <name>', 'AMI user that listens (default: <pbx>_events)')
    .option('--ami-actions-user <name>', 'AMI user that acts (default: <pbx>_actions)')
    .option('--config-dir <folder>', 'folder of the configurations', options.setup.serviceFolders.configDir)
    .option('--state-dir <folder>', "folder of the agents' states", options.setup.serviceFolders.stateRoot)
    .option('--user <name>', 'the user that the agent runs as', 'odoopbx-agent');
  return amiOptions(command).action(async (url: string, code: string, flags: EnrollFlags) => {
    await runEnroll(url, code, flags, options);
  });
}

async function runEnroll(
  url: string,
  code: string,
  flags: EnrollFlags,
  options: SetupCommandOptions,
): Promise<void> {
  const { env, progress, setup } = options;
  const { host } = setup;
  const { configDir, stateDir } = flags;
  const home = setup.serviceFolders;
  const atHome = configDir === home.configDir && stateDir === home.stateRoot;
  const service = flags.service && atHome && systemdRuns(host);
  const proxy = flags.proxy ?? proxyOf(env);
  const ca = flags.ca === undefined ? undefined : caOf(flags.ca, host);
  const post: PostOptions = {
    proxyEnv: flags.proxy === undefined ? env : { HTTPS_PROXY: flags.proxy },
    ...(ca === undefined ? {} : { ca }),
  };
  const amiGiven = configFromEnvironment(env, (path) => readOr(path, host));
  const { pbx, configFile, renewed } = await enroll(
    {
      url,
      code,
      configDir,
      stateRoot: stateDir,
      user: flags.user,
      needsUser: service,
      force: flags.force,
      ami: (id) => amiAccess(id, flags, amiGiven),
      ...(proxy === undefined ? {} : { proxy: checkedProxy(proxy) }),
      ...(ca === undefined ? {} : { ca }),
    },
    {
      host,
      // Loaded here: `run` needs none of it.
      makeIdentity: async () => (await import('./enroll/make-identity.ts')).makeIdentity(),
      post: (where, request) => setup.post(where, request, post),
      progress,
    },
  );
  const problems: string[] = [];
  const attempt = async (step: () => Promise<unknown>): Promise<void> => {
    try {
      await step();
    } catch (error) {
      problems.push(messageOf(error));
    }
  };
  if (flags.setupAmi) await attempt(() => runSetupAmi(configFile, flags, false, options));
  else if (!renewed && amiGiven === undefined) {
    progress(`Asterisk does not know the agent's users yet: odoopbx-agent setup-ami --config ${configFile}`);
  }
  if (service) {
    await attempt(async () => {
      // A configuration that is wrong elsewhere would make the service fail with less to read.
      options.read(configFile);
      await startService(pbx, host, setup.clock);
      progress(`The agent runs: odoopbx-agent status --config ${configFile}`);
    });
  } else {
    progress(
      `${renewed ? 'Start the agent anew' : 'Start the agent'}: odoopbx-agent run --config ${configFile}`,
    );
  }
  if (problems.length === 0) return;
  const what = problems.join('\n  ');
  const next = `Enrolled: the code is used and the identity of ${pbx} is in place. But:\n  ${what}`;
  throw new OdoopbxError('SETUP_FAILED', next);
}

async function runSetupAmi(
  configFile: string,
  flags: AmiFlags,
  dryRun: boolean,
  { read, progress, setup }: SetupCommandOptions,
): Promise<void> {
  const { pbx, ami } = read(configFile);
  const { tls } = amiSettings(ami);
  const parts: SetupAmiParts = {
    host: setup.host,
    clock: setup.clock,
    ownAddresses: Object.values(networkInterfaces()).flatMap((all) =>
      (all ?? []).map(({ address }) => address),
    ),
    checkLogin: (address, user, as) =>
      setup.checkLogin({ ...address, ...(tls === undefined ? {} : { tls }) }, user, as),
    progress,
  };
  const { host, port, events, actions } = ami;
  const { asterisk, asteriskConfigDir, amiFilter, amiRead, amiWrite } = flags;
  const found = await setupAmi(
    {
      pbx,
      host,
      port,
      events,
      actions,
      tls: tls !== undefined,
      asterisk,
      dryRun,
      ...(asteriskConfigDir === undefined ? {} : { asteriskConfigDir }),
      ...(amiFilter === undefined ? {} : { filter: amiFilter }),
      ...(amiRead === undefined ? {} : { extraRead: amiRead }),
      ...(amiWrite === undefined ? {} : { extraWrite: amiWrite }),
    },
    parts,
  );
  if (found.host === host && found.port === port) return;
  const text = setup.host.readFile(configFile) ?? '';
  const access = setup.host.accessOf(configFile) ?? { mode: 0o600 };
  setup.host.writeFile(configFile, withAmiAddress(text, found), access);
  progress(`${configFile}: AMI is at ${found.host}:${found.port}, not ${host}:${port}; put right`);
}

/** What a new configuration says of AMI: the command line, else `AMI_*`, else names and secrets of our own. */
function amiAccess(
  pbx: PbxId,
  flags: EnrollFlags,
  given: ReturnType<typeof configFromEnvironment>,
): AmiAccess {
  const user = (part: 'events' | 'actions', name: string | undefined) => {
    const known = given?.[part];
    if (known !== undefined && (name === undefined || name === known.username)) return known;
    return { username: name ?? `${pbx}_${part}`, secret: newSecret() };
  };
  const events = user('events', flags.amiEventsUser);
  const actions = user('actions', flags.amiActionsUser);
  return {
    host: flags.amiHost ?? given?.host ?? '127.0.0.1',
    port: flags.amiPort ?? given?.port ?? 5038,
    events,
    actions: events.username === actions.username ? events : actions,
  };
}

/** 192 bits, in letters that neither YAML nor manager.conf reads anything into. */
function newSecret(): string {
  return randomBytes(24).toString('base64url');
}

function proxyOf(env: SetupCommandOptions['env']): string | undefined {
  return env['https_proxy'] || env['HTTPS_PROXY'] || undefined;
}

function checkedProxy(proxy: string): string {
  const url = URL.parse(proxy);
  if (url !== null && /^https?:$/.test(url.protocol)) return proxy;
  throw new OdoopbxError('CONFIG_INVALID', 'the proxy must be given as http://host:port');
}

function caOf(path: string, host: Host): string {
  const pem = readOr(path, host);
  if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem;
  throw new OdoopbxError('CONFIG_INVALID', `--ca ${path}: holds no PEM certificate`);
}

function readOr(path: string, host: Host): string {
  const text = host.readFile(path);
  if (text === undefined) throw new OdoopbxError('CONFIG_INVALID', `${path} is not there`);
  return text;
}
