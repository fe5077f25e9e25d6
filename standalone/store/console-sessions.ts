import type { ConsoleRole } from '#core/console/frames.ts';
import type { ConsoleSession, ConsoleSessions, TicketRecord } from '#core/ports/console-sessions.ts';

interface Row {
  session: ConsoleSession;
  readonly tickets: Map<ConsoleRole, TicketRecord & { readonly untilHello: boolean }>;
}

/** The sessions of one process, in its memory: its connections do not outlive it, so neither do they. */
export function createConsoleSessions(): ConsoleSessions {
  const rows = new Map<string, Row>();
  const tickets = new Map<string, { id: string; role: ConsoleRole }>();
  const connections = new Map<string, { id: string; role: ConsoleRole }>();

  function keepTicket(row: Row, role: ConsoleRole, ticket: TicketRecord, untilHello = false): void {
    dropTicket(row, role);
    row.tickets.set(role, { ...ticket, untilHello });
    tickets.set(ticket.hash, { id: row.session.id, role });
  }

  function dropTicket({ tickets: good }: Row, role: ConsoleRole): void {
    const ticket = good.get(role);
    if (ticket !== undefined) tickets.delete(ticket.hash);
    good.delete(role);
  }

  function changeSide(row: Row, role: ConsoleRole, change: Partial<ConsoleSession[ConsoleRole]>): void {
    row.session = { ...row.session, [role]: { ...row.session[role], ...change } };
  }

  /** The row, as long as this connection speaks for the role. */
  function spokenFor(id: string, role: ConsoleRole, connection: string): Row | undefined {
    const row = rows.get(id);
    return row?.session[role].connection === connection ? row : undefined;
  }

  return {
    async create(session, { agent, browser }) {
      const row: Row = { session, tickets: new Map() };
      rows.set(session.id, row);
      keepTicket(row, 'agent', agent);
      keepTicket(row, 'browser', browser);
    },
    async admit(hash, connection, now) {
      const known = tickets.get(hash);
      const row = known && rows.get(known.id);
      if (known === undefined || row === undefined) return undefined;
      const { role } = known;
      const ticket = row.tickets.get(role);
      if (ticket === undefined || now >= ticket.expiresAt || now >= row.session.endsAt) return undefined;
      if (!ticket.untilHello) dropTicket(row, role);
      const { connection: replaced, left } = row.session[role];
      for (const former of [replaced, left]) if (former !== null) connections.delete(former);
      connections.set(connection, known);
      changeSide(row, role, { connection, ready: false, left: null, heardAt: now });
      return { session: row.session, role, replaced };
    },
    async ofConnection(connection) {
      const known = connections.get(connection);
      const row = known && rows.get(known.id);
      return (
        known &&
        row && { session: row.session, role: known.role, left: row.session[known.role].connection === null }
      );
    },
    async greet(id, role, connection, { received, now, ticket }) {
      const row = spokenFor(id, role, connection);
      if (row === undefined || row.session[role].ready) return undefined;
      keepTicket(row, role, ticket, true);
      changeSide(row, role, { ready: true, received, heardAt: now });
      return row.session;
    },
    async heard(id, role, connection, now, active) {
      const row = spokenFor(id, role, connection);
      if (row === undefined) return;
      changeSide(row, role, { heardAt: now });
      if (active) row.session = { ...row.session, activeAt: now };
    },
    async leave(id, role, connection, now) {
      const row = spokenFor(id, role, connection);
      if (row === undefined) return false;
      changeSide(row, role, { connection: null, ready: false, left: connection, heardAt: now });
      return true;
    },
    find: async (id) => rows.get(id)?.session,
    async remove(id) {
      const row = rows.get(id);
      if (row === undefined) return undefined;
      rows.delete(id);
      for (const role of ['agent', 'browser'] as const) {
        dropTicket(row, role);
        const { connection, left } = row.session[role];
        for (const known of [connection, left]) if (known !== null) connections.delete(known);
      }
      return row.session;
    },
    async *open() {
      if (rows.size > 0) yield [...rows.values()].map(({ session }) => session);
    },
  };
}
