import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { consoleAccount } from './asterisk-config.ts';
import { asteriskProgram, consoleProgram } from './asterisk-service.ts';
import { packageVersion } from './debian-root.ts';
import { extensions } from './extensions.ts';
import { lambdaRicProgram, lambdaRicVersion } from './lambda-ric.ts';
import { motoUrl } from './moto-service.ts';
import { odooUrl } from './odoo-program.ts';
import { pidFile } from './process-record.ts';
import { labSecrets } from './secrets.ts';
import { isRunning, serviceLog } from './service.ts';
import type { ServiceName } from './service.ts';
import { asteriskTimeZone, databaseName, host, labDir, paths, ports } from './settings.ts';

export interface Login {
  readonly username: string;
  readonly secret: string;
}

/** What `lab status --json` prints, and what status.json in the lab's folder holds. */
export interface LabStatus {
  /** `running` only while all services run; `absent` before the lab is built. */
  readonly state: 'running' | 'stopped' | 'absent';
  readonly dir: string;
  readonly services: Readonly<Record<ServiceName, 'running' | 'stopped'>>;
  readonly versions: {
    readonly asterisk: string;
    readonly odoo: string;
    readonly postgresql: string;
    readonly moto: string;
    readonly lambdaRic: string;
  };
  readonly asterisk: {
    readonly host: string;
    readonly port: number;
    readonly timeZone: string;
    readonly users: { readonly events: Login; readonly actions: Login; readonly admin: Login };
    readonly sip: {
      readonly port: number;
      readonly phones: Readonly<Record<'phone1' | 'phone2', { readonly port: number }>>;
    };
    /** Starts the CLI (`asterisk -r`) from outside the root; takes the arguments of `asterisk`. */
    readonly program: string;
    /** The console's client, and the account that it runs as. */
    readonly console: { readonly program: string; readonly account: string };
    readonly configDir: string;
    readonly spoolDir: string;
    readonly logDir: string;
    readonly masterCsv: string;
    readonly logFile: string;
    readonly pidFile: string;
  };
  readonly odoo: {
    readonly url: string;
    readonly db: string;
    readonly admin: {
      readonly login: string;
      readonly password: string;
      readonly apiKey: string;
      readonly uid: number;
    };
    readonly logFile: string;
    readonly pidFile: string;
  };
  readonly postgresql: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
    readonly database: string;
  };
  readonly moto: { readonly url: string };
  /** AWS Lambda's runtime interface client: Node's program for a function's bundle. */
  readonly lambdaRic: { readonly program: string };
  readonly extensions: typeof extensions;
}

export async function labStatus(): Promise<LabStatus> {
  const { asteriskRoot, odooRoot } = paths;
  const secrets = labSecrets();
  const services = serviceStates();
  return {
    state: stateOf(services),
    dir: labDir,
    services,
    versions: {
      asterisk: await packageVersion(asteriskRoot, 'asterisk'),
      odoo: await packageVersion(odooRoot, 'odoo-19'),
      postgresql: await packageVersion(odooRoot, 'postgresql-17'),
      moto: await packageVersion(asteriskRoot, 'python3-moto'),
      lambdaRic: await lambdaRicVersion(),
    },
    asterisk: {
      host,
      port: ports.ami,
      timeZone: asteriskTimeZone,
      users: {
        events: { username: 'agent_events', secret: secrets.amiEvents },
        actions: { username: 'agent_actions', secret: secrets.amiActions },
        admin: { username: 'agent_admin', secret: secrets.amiAdmin },
      },
      sip: {
        port: ports.sip,
        phones: { phone1: { port: ports.phone1 }, phone2: { port: ports.phone2 } },
      },
      program: asteriskProgram,
      console: { program: consoleProgram, account: consoleAccount },
      configDir: join(asteriskRoot, 'etc/asterisk'),
      spoolDir: join(asteriskRoot, 'var/spool/asterisk'),
      logDir: join(asteriskRoot, 'var/log/asterisk'),
      masterCsv: join(asteriskRoot, 'var/log/asterisk/cdr-csv/Master.csv'),
      logFile: join(asteriskRoot, 'var/log/asterisk/full.log'),
      pidFile: pidFile('asterisk'),
    },
    odoo: {
      url: odooUrl,
      db: databaseName,
      admin: { login: 'admin', password: secrets.odooAdmin, apiKey: secrets.odooApiKey, uid: 2 },
      logFile: serviceLog('odoo'),
      pidFile: pidFile('odoo'),
    },
    postgresql: {
      host,
      port: ports.postgresql,
      user: 'odoo',
      password: secrets.postgresql,
      database: databaseName,
    },
    moto: { url: motoUrl },
    lambdaRic: { program: lambdaRicProgram },
    extensions,
  };
}

/** The status as last written by a lab command; undefined where there is no lab. */
export function writtenStatus(): LabStatus | undefined {
  if (!existsSync(paths.status)) return undefined;
  return JSON.parse(readFileSync(paths.status, 'utf8')) as LabStatus;
}

export async function writeStatus(): Promise<LabStatus> {
  const status = await labStatus();
  writeFileSync(`${paths.status}.new`, `${JSON.stringify(status, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${paths.status}.new`, paths.status);
  return status;
}

function serviceStates(): LabStatus['services'] {
  return {
    postgresql: serviceState('postgresql'),
    odoo: serviceState('odoo'),
    asterisk: serviceState('asterisk'),
    moto: serviceState('moto'),
  };
}

function serviceState(name: ServiceName): 'running' | 'stopped' {
  return isRunning(name) ? 'running' : 'stopped';
}

function stateOf(services: LabStatus['services']): LabStatus['state'] {
  if (Object.values(services).every((state) => state === 'running')) return 'running';
  return labSecrets().odooApiKey === '' ? 'absent' : 'stopped';
}
