import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { pbxIdSchema } from '#core/contracts/names.ts';
import { configFromEnvironment } from '#edge-agent/config/environment.ts';
import { validateConfig } from '#edge-agent/config/read-config.ts';
import { portSchema, type AmiConfig } from '#edge-agent/config/schema.ts';
import type { LogLevel } from '#edge-agent/pino-logger.ts';
import { doorConfigSchema, odooConfigSchema, type DoorConfig, type OdooConfig } from './config.ts';

/** What `npm start` reads from the environment, for its `--help`. */
export const startVariables: readonly (readonly [name: string, meaning: string])[] = [
  ['AMI_HOST, AMI_PORT', 'a real Asterisk (default 127.0.0.1, 5038); without any AMI_… a PBX is simulated'],
  ['AMI_USER, AMI_SECRET', 'its AMI user; AMI_EVENTS_USER and AMI_ACTIONS_USER (…_SECRET) for two of them'],
  ['AMI_TIME_ZONE', "zone of Asterisk's Cdr times (default: this machine's)"],
  ['ODOO_URL, ODOO_DB', 'a real Odoo; without any ODOO_… a stand-in in memory'],
  ['ODOO_LOGIN', 'the user of the PBX server group'],
  ['ODOO_PASSWORD', 'its password, or ODOO_API_KEY; also ODOO_PASSWORD_FILE, ODOO_API_KEY_FILE'],
  ['ODOO_ALLOW_HTTP', 'true: plain http to another machine than this one'],
  ['CONSOLE_COMMAND', 'enables the console of a real Asterisk: its client, such as "asterisk -rvvvvv"'],
  ['CONSOLE_USER', 'the account that the console runs as, where this runs as root'],
  ['CONSOLE_SHELL', 'true: `!` in the console gives a shell'],
  ['PBX', '<tenant>_<pbx> (default home_pbx)'],
  ['DOOR_BIND, DOOR_PORT', 'where Odoo hands in jobs (default 127.0.0.1, 8481)'],
  ['DOOR_KEY', 'its API key (default: made once and kept in the state folder)'],
  ['DOOR_TLS_CERT_FILE', 'with DOOR_TLS_KEY_FILE: TLS for the door'],
  ['PAGE_PORT', 'the page, on 127.0.0.1 (default 8480 or the next free port)'],
  ['STATE_DIR', 'spool, inbox and journal (default .odoopbx)'],
  ['CALLS_PER_MINUTE', 'of the simulated PBX (default 6)'],
  ['LOG_LEVEL', 'debug, info, warn or error (default warn)'],
];

export interface StartSettings {
  pbx: string;
  stateDir: string;
  logLevel: LogLevel;
  callsPerMinute: number;
  /** Undefined: simulate. */
  ami: AmiConfig | undefined;
  odoo: OdooConfig | undefined;
  door: Pick<DoorConfig, 'bind' | 'tls'> & { port: number | undefined; key: string | undefined };
  /** The agent's section `console`. */
  console: { enabled: boolean; shell?: boolean; command?: string[]; user?: string };
  pagePort: number | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

const ownNames = [
  ['ODOO_', ['URL', 'DB', 'LOGIN', 'PASSWORD', 'PASSWORD_FILE', 'API_KEY', 'API_KEY_FILE', 'ALLOW_HTTP']],
  ['DOOR_', ['BIND', 'PORT', 'KEY', 'TLS_CERT_FILE', 'TLS_KEY_FILE']],
  ['PAGE_', ['PORT']],
] as const;

/** The settings of `npm start`. Throws CONFIG_INVALID with every problem of a group of variables. */
export function settingsFromEnvironment(env: Environment, readFile: (path: string) => string): StartSettings {
  refuseUnknown(env);
  const ami = configFromEnvironment(env, readFile);
  const rate = numberOf(env, 'CALLS_PER_MINUTE', 0, 600) ?? 6;
  const pbx = pbxIdSchema.safeParse(given(env, 'PBX') ?? 'home_pbx');
  if (!pbx.success) throw invalid(`PBX: ${pbx.error.issues[0]?.message ?? 'is no name'}`);
  const level = given(env, 'LOG_LEVEL') ?? 'warn';
  if (level !== 'debug' && level !== 'info' && level !== 'warn' && level !== 'error') {
    throw invalid('LOG_LEVEL must be debug, info, warn or error');
  }
  return {
    pbx: pbx.data,
    stateDir: given(env, 'STATE_DIR') ?? '.odoopbx',
    logLevel: level,
    callsPerMinute: rate,
    ami,
    odoo: odooOf(env, readFile),
    door: doorOf(env, readFile),
    console: consoleOf(env),
    pagePort: portOf(env, 'PAGE_PORT'),
  };
}

function odooOf(env: Environment, readFile: (path: string) => string): OdooConfig | undefined {
  if (!Object.keys(env).some((name) => name.startsWith('ODOO_') && given(env, name) !== undefined)) {
    return undefined;
  }
  const http = given(env, 'ODOO_ALLOW_HTTP');
  const file = given(env, 'ODOO_API_KEY_FILE') ?? given(env, 'ODOO_PASSWORD_FILE');
  const secret = given(env, 'ODOO_API_KEY') ?? given(env, 'ODOO_PASSWORD');
  const raw = {
    url: given(env, 'ODOO_URL'),
    db: given(env, 'ODOO_DB'),
    login: given(env, 'ODOO_LOGIN'),
    ...(secret === undefined && file !== undefined ? { secretFile: file } : { secret }),
    ...(http === undefined ? {} : { allowHttp: /^(true|yes|1)$/i.test(http) }),
  };
  const present = Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== undefined));
  const variables: Readonly<Record<string, string>> = {
    url: 'ODOO_URL',
    db: 'ODOO_DB',
    login: 'ODOO_LOGIN',
    secret: given(env, 'ODOO_API_KEY') === undefined ? 'ODOO_PASSWORD' : 'ODOO_API_KEY',
    secretFile: given(env, 'ODOO_API_KEY_FILE') === undefined ? 'ODOO_PASSWORD_FILE' : 'ODOO_API_KEY_FILE',
    allowHttp: 'ODOO_ALLOW_HTTP',
  };
  const variableOf = (path: string) => variables[path];
  return validateConfig(present, odooConfigSchema, {
    name: 'environment (ODOO_*)',
    env,
    readFile,
    variableOf,
  });
}

function doorOf(env: Environment, readFile: (path: string) => string): StartSettings['door'] {
  const [certFile, keyFile] = [given(env, 'DOOR_TLS_CERT_FILE'), given(env, 'DOOR_TLS_KEY_FILE')];
  const bind = given(env, 'DOOR_BIND');
  const raw = {
    ...(bind === undefined ? {} : { bind }),
    ...(certFile === undefined && keyFile === undefined
      ? {}
      : { tls: { ...(certFile ? { certFile } : {}), ...(keyFile ? { keyFile } : {}) } }),
  };
  const schema = doorConfigSchema.pick({ bind: true, tls: true });
  const door = validateConfig(raw, schema, { name: 'environment (DOOR_*)', env, readFile });
  const key = given(env, 'DOOR_KEY');
  if (key !== undefined && key.length < 16) throw invalid('DOOR_KEY must have at least 16 characters');
  return { ...door, port: portOf(env, 'DOOR_PORT'), key };
}

function consoleOf(env: Environment): StartSettings['console'] {
  const command = given(env, 'CONSOLE_COMMAND')?.trim().split(/\s+/);
  const user = given(env, 'CONSOLE_USER');
  if (command === undefined) return { enabled: false };
  const shell = /^(true|yes|1)$/i.test(given(env, 'CONSOLE_SHELL') ?? '');
  return { enabled: true, shell, command, ...(user === undefined ? {} : { user }) };
}

/** A misspelt name must not pass for a missing one. */
function refuseUnknown(env: Environment): void {
  for (const [prefix, names] of ownNames) {
    const known = names.map((name) => prefix + name);
    const unknown = Object.keys(env).filter(
      (name) => name.startsWith(prefix) && given(env, name) !== undefined && !known.includes(name),
    );
    if (unknown.length > 0) {
      throw invalid(`there is no ${unknown.join(', ')}; there are ${known.join(', ')}`);
    }
  }
}

function given(env: Environment, name: string): string | undefined {
  return env[name] === '' ? undefined : env[name];
}

function numberOf(env: Environment, name: string, low: number, high: number): number | undefined {
  const text = given(env, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value >= low && value <= high)) throw invalid(`${name} must be a number from ${low} to ${high}`);
  return value;
}

function portOf(env: Environment, name: string): number | undefined {
  const port = portSchema.optional().safeParse(numberOf(env, name, 1, 65_535));
  if (!port.success) throw invalid(`${name} must be a port, 1 to 65535`);
  return port.data;
}

function invalid(message: string): OdoopbxError {
  return new OdoopbxError('CONFIG_INVALID', `environment: ${message}`);
}
