import type { PbxId } from '#core/contracts/names.ts';
import type { ParkedItem } from '#core/ports/inbox.ts';
import type { ParsedMessage } from './parse-message.ts';
import type { OdooTarget, RouteDeps } from './route-deps.ts';
import type { StopRouting } from './stop-reasons.ts';
import { scopeOf } from './stops.ts';

/** A password is being changed: Odoo has the new one, Parameter Store has it a moment later. */
const patienceMs = 120_000;
/** For a process that was started anew meanwhile: about as long, at a retry each 15 s. */
const patienceReceives = 8;

/**
 * Whether a PBX's messages are to be parked because its own login (of `pbxs.<name>.odoo`) is refused for minutes.
 * In the inbox they would be received before everything newer and so stop the tenant's other PBXs, whose login
 * works; in the DLQ they wait for the operator, who is alarmed, sets the secret right and redrives. A tenant's one
 * login that is refused stops everything: then all wait where they are.
 */
export function holdsOthersUp(
  pbx: PbxId,
  stop: StopRouting,
  odoo: OdooTarget,
  group: readonly ParsedMessage[],
  { memory, clock }: Pick<RouteDeps, 'memory' | 'clock'>,
): boolean {
  if (!odoo.ownLogin || scopeOf(stop) !== 'login') return false;
  const since = Number(memory.value(keyOf(pbx)) ?? '');
  if (since === 0) memory.keep(keyOf(pbx), String(clock.now()));
  const longAgo = since > 0 && clock.now() - since > patienceMs;
  return longAgo || group.some(({ message }) => message.receiveCount > patienceReceives);
}

/** The login was taken. */
export function loginWorks(pbx: PbxId, { memory }: Pick<RouteDeps, 'memory'>): void {
  if ((memory.value(keyOf(pbx)) ?? '') !== '') memory.keep(keyOf(pbx), '');
}

export function parkedWhole({ message }: ParsedMessage, stop: StopRouting): ParkedItem {
  const { source, 'detail-type': detailType, detail } = message.event;
  return { source, detailType, detail, code: stop.code, message: stop.message };
}

function keyOf(pbx: PbxId): string {
  return `refused/${pbx}`;
}
