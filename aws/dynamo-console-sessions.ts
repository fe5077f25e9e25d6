import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
  type AttributeValue,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { consoleRoles } from '#core/console/frames.ts';
import type { ConsoleSession, ConsoleSessions, ConsoleSide } from '#core/ports/console-sessions.ts';
import {
  connectionKey,
  itemOf,
  openSessions,
  openSessionsIndex,
  placeOf,
  sessionKey,
  sessionOf,
  ticketKey,
  lastsUntilHello,
  ticketOf,
  type Place,
} from './console-rows.ts';
import { isConditionFailed, type DynamoTable } from './dynamo-table.ts';

type Item = Record<string, AttributeValue>;
type Values = Readonly<Record<string, unknown>>;

/** A session's rows are forgotten (TTL) so long after its end, should nobody have removed them. */
const keepSeconds = 3600;
/** Connections whose place is remembered: it never changes. */
const rememberedConnections = 5000;

/**
 * The `sessions` table: a row per session, and one per ticket and per connection that says which session and role
 * it is of. What holds is said by the session's row alone, which is only changed under a condition: the other two
 * lead to it, and one that was left behind leads nowhere. Index `open-sessions`: partition `open`, sort `createdAt`.
 */
export function createDynamoConsoleSessions({ client, table: TableName }: DynamoTable): ConsoleSessions {
  const remembered = new Map<string, Place>();

  async function read(Key: Item): Promise<Item | undefined> {
    return (await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item;
  }

  async function put(Item: Item): Promise<void> {
    await client.send(new PutItemCommand({ TableName, Item }));
  }

  /** Rows that lead nowhere any more: what is done is done, and the table forgets them by itself (TTL). */
  async function clear(keys: readonly Item[]): Promise<void> {
    await Promise.allSettled(keys.map(async (Key) => client.send(new DeleteItemCommand({ TableName, Key }))));
  }

  /** The row after the change, or before it where the condition does not hold. */
  async function change(
    id: string,
    change: Pick<UpdateItemCommandInput, 'UpdateExpression' | 'ConditionExpression'>,
    values: Values,
    before = false,
  ): Promise<{ changed: boolean; row: Item | undefined }> {
    try {
      const { Attributes } = await client.send(
        new UpdateItemCommand({
          TableName,
          Key: sessionKey(id),
          ...change,
          ExpressionAttributeValues: marshall(values),
          ReturnValues: before ? 'ALL_OLD' : 'ALL_NEW',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return { changed: true, row: Attributes };
    } catch (error) {
      if (!isConditionFailed(error)) throw error;
      return { changed: false, row: error.Item };
    }
  }

  const leadTo = (Key: Item, place: Place, endsAt: number): Promise<void> =>
    put({ ...Key, ...marshall({ ...place, ttl: Math.ceil(endsAt) + keepSeconds }) });

  async function find(id: string): Promise<ConsoleSession | undefined> {
    const row = await read(sessionKey(id));
    return row && sessionOf(row);
  }

  return {
    find,

    async create(session, tickets) {
      await Promise.all(
        consoleRoles.map((role) =>
          leadTo(ticketKey(tickets[role].hash), { session: session.id, role }, tickets[role].expiresAt),
        ),
      );
      await put(itemOf(session, tickets, Math.ceil(session.endsAt) + keepSeconds));
    },

    async admit(hash, newcomer, now) {
      const ticket = await read(ticketKey(hash));
      const place = ticket && placeOf(ticket);
      const found = place && (await read(sessionKey(place.session)));
      if (place === undefined || found === undefined) return undefined;
      const { session: id, role } = place;
      const isUsedUp = !lastsUntilHello(found, role);
      // Before the change: a connection that speaks for a role is always found.
      await leadTo(connectionKey(newcomer), place, sessionOf(found).endsAt);
      const { changed, row } = await change(
        id,
        {
          UpdateExpression: `SET ${role}Connection = :connection, ${role}Ready = :no, ${role}HeardAt = :now REMOVE ${role}Left${isUsedUp ? `, ${role}Ticket, ${role}TicketEnds` : ''}`,
          ConditionExpression: `${role}Ticket = :hash AND ${role}TicketEnds > :now AND endsAt > :now`,
        },
        { ':connection': newcomer, ':no': false, ':now': now, ':hash': hash },
        true,
      );
      const before = row && sessionOf(row);
      if (before === undefined) return undefined;
      // The SDK asks again after an answer that was lost: then it is so already.
      if (!changed && before[role].connection !== newcomer) {
        await clear([connectionKey(newcomer)]);
        return undefined;
      }
      const { connection, left, received } = before[role];
      const replaced = connection === newcomer ? null : connection;
      const former = [replaced, left].filter((one) => one !== null);
      await clear([...(isUsedUp ? [ticketKey(hash)] : []), ...former.map(connectionKey)]);
      return {
        session: {
          ...before,
          [role]: { connection: newcomer, ready: false, left: null, received, heardAt: now },
        },
        role,
        replaced,
      };
    },

    async ofConnection(connection) {
      const known = remembered.get(connection);
      const row = known === undefined ? await read(connectionKey(connection)) : undefined;
      const place = known ?? (row && placeOf(row));
      const session = place && (await find(place.session));
      const side = place && session?.[place.role];
      if (place === undefined || session === undefined || side === undefined || !isKnown(connection, side)) {
        remembered.delete(connection);
        return undefined;
      }
      if (known === undefined) remember(connection, place);
      return { session, role: place.role, left: side.connection === null };
    },

    async greet(id, role, connection, { received, now, ticket }) {
      const before = await read(sessionKey(id));
      await leadTo(ticketKey(ticket.hash), { session: id, role }, ticket.expiresAt);
      const { changed, row } = await change(
        id,
        {
          UpdateExpression: `SET ${role}Ready = :yes, ${role}Received = :received, ${role}HeardAt = :now, ${role}Ticket = :hash, ${role}TicketEnds = :ends, ${role}TicketKept = :yes`,
          ConditionExpression: `${role}Connection = :connection AND ${role}Ready = :no`,
        },
        {
          ':yes': true,
          ':no': false,
          ':received': received,
          ':now': now,
          ':connection': connection,
          ':hash': ticket.hash,
          ':ends': ticket.expiresAt,
        },
      );
      // As above: an answer that was lost.
      const isGreeted = row !== undefined && (changed || ticketOf(row, role) === ticket.hash);
      const over = isGreeted ? before && ticketOf(before, role) : ticket.hash;
      if (over !== undefined) await clear([ticketKey(over)]);
      return isGreeted ? sessionOf(row) : undefined;
    },

    async heard(id, role, connection, now, active) {
      await change(
        id,
        {
          UpdateExpression: `SET ${role}HeardAt = :now${active ? ', activeAt = :now' : ''}`,
          ConditionExpression: `${role}Connection = :connection`,
        },
        { ':now': now, ':connection': connection },
      );
    },

    async leave(id, role, connection, now) {
      const { changed } = await change(
        id,
        {
          UpdateExpression: `SET ${role}Ready = :no, ${role}HeardAt = :now, ${role}Left = :connection REMOVE ${role}Connection`,
          ConditionExpression: `${role}Connection = :connection`,
        },
        { ':no': false, ':now': now, ':connection': connection },
      );
      return changed;
    },

    async remove(id) {
      const { Attributes: row } = await client.send(
        new DeleteItemCommand({ TableName, Key: sessionKey(id), ReturnValues: 'ALL_OLD' }),
      );
      if (row === undefined) return undefined;
      const session = sessionOf(row);
      const leading = consoleRoles.flatMap((role) => {
        const hash = ticketOf(row, role);
        const { connection, left } = session[role];
        const connections = [connection, left].filter((one) => one !== null);
        return [...(hash === undefined ? [] : [ticketKey(hash)]), ...connections.map(connectionKey)];
      });
      await clear(leading);
      return session;
    },

    async *open() {
      let start: Item | undefined;
      do {
        const page = await client.send(
          new QueryCommand({
            TableName,
            IndexName: openSessionsIndex,
            KeyConditionExpression: '#open = :open',
            ExpressionAttributeNames: { '#open': 'open' },
            ExpressionAttributeValues: marshall({ ':open': openSessions }),
            ExclusiveStartKey: start,
          }),
        );
        if (page.Items !== undefined && page.Items.length > 0) yield page.Items.map(sessionOf);
        start = page.LastEvaluatedKey;
      } while (start !== undefined);
    },
  };

  function remember(connection: string, place: Place): void {
    if (remembered.size >= rememberedConnections) remembered.clear();
    remembered.set(connection, place);
  }
}

function isKnown(connection: string, side: ConsoleSide): boolean {
  return connection === (side.connection ?? side.left);
}
