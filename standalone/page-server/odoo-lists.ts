import { messageOf } from '#core/errors/odoopbx-error.ts';
import type { Standalone } from '../system.ts';

export interface OdooLists {
  calls: Record<string, unknown>[] | { error: string };
  failures: Record<string, unknown>[] | { error: string };
  parked: { at: number; code: string; message: string; what: string }[];
  notifications: { title: string; message: string; warning: boolean; at: number }[];
}

const callFields = ['src', 'dst', 'clid', 'started', 'answered', 'duration', 'billsec', 'disposition'];
const failureFields = ['model', 'method', 'error', 'create_date'];

async function newest(
  { odoo }: Pick<Standalone, 'odoo'>,
  model: string,
  fields: readonly string[],
): Promise<Record<string, unknown>[] | { error: string }> {
  try {
    return await odoo.client.searchRead(model, [], { fields, limit: 12, order: 'id desc' });
  } catch (error) {
    return { error: messageOf(error) };
  }
}

function whatOf(detail: unknown): string {
  const events: unknown =
    typeof detail === 'object' && detail !== null && 'events' in detail ? detail.events : undefined;
  if (!Array.isArray(events)) return 'a message';
  const names = events.map((item: { event?: { Event?: unknown } }) => {
    const name = item.event?.Event;
    return typeof name === 'string' ? name : '?';
  });
  return [...new Set(names)].join(', ').slice(0, 120);
}

/** What the page shows of Odoo, read with the user of the system: records made, failures kept, items given up. */
export async function readOdooLists(
  system: Pick<Standalone, 'odoo' | 'store'>,
  notifications: OdooLists['notifications'],
): Promise<OdooLists> {
  const [calls, failures] = await Promise.all([
    newest(system, 'asterisk_calls.call', callFields),
    newest(system, 'asterisk_plus.event_failure', failureFields),
  ]);
  const parked = system.store.inbox.parked(12).map(({ at, code, message, detail }) => ({
    at,
    code,
    message: message.slice(0, 300),
    what: whatOf(detail),
  }));
  return { calls, failures, parked, notifications };
}
