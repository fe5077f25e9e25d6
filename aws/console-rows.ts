import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { consoleRoles, type ConsoleRole } from '#core/console/frames.ts';
import type { ConsoleSession, ConsoleSide, TicketRecord } from '#core/ports/console-sessions.ts';

/* The rows of the `sessions` table. Those of tickets and connections hold a Place. */

type Item = Record<string, AttributeValue>;

/** Which role of which session a ticket or a connection is of. */
export interface Place {
  readonly session: string;
  readonly role: ConsoleRole;
}

export const openSessionsIndex = 'open-sessions';
/** The index holds the rows that have the attribute `open`: those of sessions. */
export const openSessions = 'open';

const sessionPrefix = 'session#';

export const sessionKey = (id: string): Item => marshall({ id: `${sessionPrefix}${id}` });
export const ticketKey = (hash: string): Item => marshall({ id: `ticket#${hash}` });
export const connectionKey = (connection: string): Item => marshall({ id: `connection#${connection}` });

export function placeOf(item: Item): Place {
  const { session, role } = unmarshall(item) as Place;
  return { session, role };
}

/** `ttl`: Unix seconds. */
export function itemOf(
  session: ConsoleSession,
  tickets: Readonly<Record<ConsoleRole, TicketRecord>>,
  ttl: number,
): Item {
  const { id, pbx, user, address, createdAt, endsAt, activeAt } = session;
  const sides = consoleRoles.map((role) => {
    const { connection, left, ready, received, heardAt } = session[role];
    const { hash, expiresAt } = tickets[role];
    return {
      [`${role}Connection`]: connection ?? undefined,
      [`${role}Left`]: left ?? undefined,
      [`${role}Ready`]: ready,
      [`${role}Received`]: received,
      [`${role}HeardAt`]: heardAt,
      [`${role}Ticket`]: hash,
      [`${role}TicketEnds`]: expiresAt,
    };
  });
  const row = {
    id: `${sessionPrefix}${id}`,
    open: openSessions,
    pbx,
    userId: user.id,
    userName: user.name,
    address: address ?? undefined,
    createdAt,
    endsAt,
    activeAt,
    ttl,
  };
  return marshall(Object.assign(row, ...sides), { removeUndefinedValues: true });
}

/** As it is stored. */
type StoredSession = {
  id: string;
  pbx: string;
  userId: number;
  userName: string;
  address?: string;
  createdAt: number;
  endsAt: number;
  activeAt: number;
} & { [connection in `${ConsoleRole}${'Connection' | 'Left'}`]?: string } & {
  [ready in `${ConsoleRole}Ready`]: boolean;
} & { [count in `${ConsoleRole}${'Received' | 'HeardAt'}`]: number };

export function sessionOf(item: Item): ConsoleSession {
  const row = unmarshall(item) as StoredSession;
  const { id, pbx, userId, userName, address = null, createdAt, endsAt, activeAt } = row;
  const side = (role: ConsoleRole): ConsoleSide => ({
    connection: row[`${role}Connection`] ?? null,
    ready: row[`${role}Ready`],
    left: row[`${role}Left`] ?? null,
    received: row[`${role}Received`],
    heardAt: row[`${role}HeardAt`],
  });
  return {
    id: id.slice(sessionPrefix.length),
    pbx,
    user: { id: userId, name: userName },
    address,
    createdAt,
    endsAt,
    activeAt,
    agent: side('agent'),
    browser: side('browser'),
  };
}

/** Whether the role's ticket is one that a hello was answered with. */
export function lastsUntilHello(item: Item, role: ConsoleRole): boolean {
  return item[`${role}TicketKept`]?.BOOL === true;
}

/** The hash of the role's ticket that is good; undefined: there is none. */
export function ticketOf(item: Item, role: ConsoleRole): string | undefined {
  return item[`${role}Ticket`]?.S;
}
