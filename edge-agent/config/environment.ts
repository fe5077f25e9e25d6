import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { didYouMean } from '#core/config/did-you-mean.ts';
import { validateConfig } from './read-config.ts';
import { type AmiConfig, amiConfigSchema } from './schema.ts';

/**
 * Every `AMI_*` variable that `npm start` reads. With none of them set it runs the PBX simulator.
 *
 * AMI_HOST            Asterisk's address, default 127.0.0.1
 * AMI_PORT            default 5038, with AMI_TLS 5039
 * AMI_TLS             true or false, default false
 * AMI_CA_FILE         PEM of the authority that signed Asterisk's certificate
 * AMI_USER            AMI user (manager.conf) for events and actions
 * AMI_SECRET          its secret; AMI_SECRET_FILE names a file that holds it
 * AMI_EVENTS_USER, AMI_EVENTS_SECRET, AMI_EVENTS_SECRET_FILE     another user for the events session
 * AMI_ACTIONS_USER, AMI_ACTIONS_SECRET, AMI_ACTIONS_SECRET_FILE  another user for the actions session
 * AMI_TIME_ZONE       zone of Asterisk's Cdr times, default the system's
 * AMI_FILTERS         true lets the agent set server-side event filters, default false
 */
export const amiVariables = [
  'AMI_HOST', 'AMI_PORT', 'AMI_TLS', 'AMI_CA_FILE', 'AMI_USER', 'AMI_SECRET', 'AMI_SECRET_FILE',
  'AMI_EVENTS_USER', 'AMI_EVENTS_SECRET', 'AMI_EVENTS_SECRET_FILE', 'AMI_ACTIONS_USER',
  'AMI_ACTIONS_SECRET', 'AMI_ACTIONS_SECRET_FILE', 'AMI_TIME_ZONE', 'AMI_FILTERS',
] as const; // prettier-ignore
type AmiVariable = (typeof amiVariables)[number];

/**
 * The `ami` section as the environment gives it; undefined when no AMI_* variable is set. Throws
 * CONFIG_INVALID with every problem, also for an AMI_* variable that there is not.
 */
export function configFromEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
): AmiConfig | undefined {
  const given = Object.keys(env).filter((name) => name.startsWith('AMI_') && env[name] !== '');
  if (given.length === 0) return undefined;
  const unknown = given.filter((name) => !(amiVariables as readonly string[]).includes(name));
  if (unknown.length > 0) {
    const hints = unknown.map((name) => {
      const meant = didYouMean(name, amiVariables);
      return meant === undefined ? name : `${name} (did you mean ${meant}?)`;
    });
    throw new OdoopbxError(
      'CONFIG_INVALID',
      `environment: there is no ${hints.join(', ')}; there are ${amiVariables.join(', ')}`,
    );
  }
  const read = (name: AmiVariable) => (env[name] === '' ? undefined : env[name]);
  const credentials = (part: 'EVENTS' | 'ACTIONS') =>
    defined({
      username: read(`AMI_${part}_USER`) ?? read('AMI_USER'),
      ...(secretOf(read(`AMI_${part}_SECRET`), read(`AMI_${part}_SECRET_FILE`)) ??
        secretOf(read('AMI_SECRET'), read('AMI_SECRET_FILE'))),
    });
  const tls = flag(read('AMI_TLS'));
  const caFile = read('AMI_CA_FILE');
  const port = read('AMI_PORT');
  const raw = defined({
    host: read('AMI_HOST'),
    port: port === undefined ? (tls === true || caFile !== undefined ? 5039 : undefined) : numberOr(port),
    tls: caFile === undefined ? tls : { caFile },
    events: credentials('EVENTS'),
    actions: credentials('ACTIONS'),
    timeZone: read('AMI_TIME_ZONE'),
    filters: flag(read('AMI_FILTERS')),
  });
  const variableOf = (path: string) => variableOfSetting(path, (name) => read(name) !== undefined);
  return validateConfig(raw, amiConfigSchema, { name: 'environment (AMI_*)', env, readFile, variableOf });
}

const ownVariables: Readonly<Record<string, AmiVariable>> = {
  host: 'AMI_HOST',
  port: 'AMI_PORT',
  tls: 'AMI_TLS',
  'tls.caFile': 'AMI_CA_FILE',
  timeZone: 'AMI_TIME_ZONE',
  filters: 'AMI_FILTERS',
};

/** Which variable a person has to look at: of the two that may have set a login, the one that did. */
function variableOfSetting(path: string, isSet: (name: AmiVariable) => boolean): string | undefined {
  const [, part, key] = /^(events|actions)\.(username|secret|secretFile)$/.exec(path) ?? [];
  if (part === undefined || key === undefined) return ownVariables[path];
  const suffix = key === 'username' ? 'USER' : key === 'secret' ? 'SECRET' : 'SECRET_FILE';
  const own = `AMI_${part === 'events' ? 'EVENTS' : 'ACTIONS'}_${suffix}` as const;
  return isSet(own) ? own : `AMI_${suffix}`;
}

function secretOf(secret: string | undefined, secretFile: string | undefined) {
  return secret === undefined && secretFile === undefined ? undefined : defined({ secret, secretFile });
}

/** Anything but a clear yes or no is left for the schema to complain about. */
function flag(text: string | undefined): boolean | string | undefined {
  if (text === undefined) return undefined;
  if (/^(true|yes|1)$/i.test(text)) return true;
  return /^(false|no|0)$/i.test(text) ? false : text;
}

/** What is no number is left for the schema to complain about, too. */
function numberOr(text: string): number | string {
  const value = Number(text);
  return Number.isNaN(value) ? text : value;
}

function defined(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}
