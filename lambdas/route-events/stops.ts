import type { OdooTarget } from './route-deps.ts';
import type { StopRouting } from './stop-reasons.ts';

/** How far a reason to stop reaches. */
export type StopScope = 'call' | 'server' | 'login' | 'pbx';

/** What is wrong with the server, or the way to it, whoever calls. */
const serverCodes = new Set([
  'ODOO_UNREACHABLE',
  'ODOO_TIMEOUT',
  'ODOO_BUSY',
  'ODOO_DATABASE_MISSING',
  'ODOO_BAD_ANSWER',
  'ODOO_ADDRESS_REFUSED',
]);
/** What is wrong with the user that calls. */
const loginCodes = new Set(['ODOO_AUTHENTICATION', 'ODOO_ACCESS_DENIED', 'SECRET_UNREADABLE']);

export function scopeOf({ outOfTime, code }: StopRouting): StopScope {
  if (outOfTime) return 'call';
  if (serverCodes.has(code)) return 'server';
  return loginCodes.has(code) ? 'login' : 'pbx';
}

/**
 * What of the tenant's Odoo can not be worked with in this call: a dead server costs one time-out, not one for each
 * PBX, and a refused login stops the PBXs that use it alone.
 */
export class Stops {
  #call: StopRouting | undefined;
  readonly #servers = new Map<string, StopRouting>();
  readonly #logins = new Map<OdooTarget, StopRouting>();
  readonly #all = new Set<StopRouting>();

  /** Messages wait for it. */
  add(stop: StopRouting, odoo: OdooTarget | undefined): void {
    this.#all.add(stop);
    this.learn(stop, odoo);
  }

  /** Nothing waits for it yet, but who comes next need not find out again. */
  learn(stop: StopRouting, odoo: OdooTarget | undefined): void {
    const scope = scopeOf(stop);
    if (scope === 'call') this.#call ??= stop;
    if (scope === 'server' && odoo !== undefined) this.#servers.set(odoo.server, stop);
    if (scope === 'login' && odoo !== undefined) this.#logins.set(odoo, stop);
  }

  /** Why nothing goes to this Odoo any more. */
  for(odoo: OdooTarget): StopRouting | undefined {
    return this.#call ?? this.#servers.get(odoo.server) ?? this.#logins.get(odoo);
  }

  /** What messages wait for, each reason once. */
  get all(): Iterable<StopRouting> {
    return this.#all;
  }
}
