import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';

/** The block of ports that the lab listens on, all on 127.0.0.1. */
export interface LabPorts {
  readonly ami: number;
  readonly sip: number;
  readonly phone1: number;
  readonly phone2: number;
  readonly odoo: number;
  readonly odooTest: number;
  readonly postgresql: number;
  readonly moto: number;
  /** Asterisk takes its RTP ports from here; sipp's 200 follow after them. */
  readonly rtpFirst: number;
  readonly rtpLast: number;
}

export const host = '127.0.0.1';

/** The checkout that this script belongs to: its addons are the ones the lab runs. */
export const checkout = resolve(import.meta.dirname, '../..');

export const labDir = resolve(process.env['ODOOPBX_LAB_DIR'] ?? '/var/cache/odoopbx-lab');

/** Not UTC, and without daylight saving: a time bug shows, and shows all year. */
export const asteriskTimeZone = 'America/Caracas';

export const databaseName = 'odoo';
export const templateDatabase = 'odoo_template';

export const ports: LabPorts = portsFrom(portBase(process.env['ODOOPBX_LAB_PORT_BASE']));

/** Paths inside the lab's folder. */
export const paths = {
  asteriskRoot: join(labDir, 'asterisk-root'),
  odooRoot: join(labDir, 'odoo-root'),
  lambdaRic: join(labDir, 'lambda-ric'),
  log: join(labDir, 'log'),
  run: join(labDir, 'run'),
  bin: join(labDir, 'bin'),
  secrets: join(labDir, 'secrets.json'),
  status: join(labDir, 'status.json'),
};

export function contentHash(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex').slice(0, 16);
}

function portBase(text: string | undefined): number {
  if (text === undefined) return 25000;
  const base = Number(text);
  if (Number.isInteger(base) && base >= 1024 && base <= 31000) return base;
  throw new Error(`ODOOPBX_LAB_PORT_BASE is ${text}: it must be a whole number from 1024 to 31000`);
}

function portsFrom(base: number): LabPorts {
  return {
    ami: base + 38,
    sip: base + 60,
    phone1: base + 61,
    phone2: base + 62,
    odoo: base + 69,
    odooTest: base + 70,
    postgresql: base + 432,
    moto: base + 500,
    rtpFirst: base + 600,
    rtpLast: base + 799,
  };
}
