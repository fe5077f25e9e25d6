import type { ConsoleRole } from '../console/frames.ts';
import type { PbxId } from '../contracts/names.ts';

/** One side of a session as the relay knows it. Instants are Unix seconds. */
export interface ConsoleSide {
  /** The connection that speaks for the role now; null: none. */
  readonly connection: string | null;
  /** Whether that connection has said hello: frames are sent to it from then on. */
  readonly ready: boolean;
  /** The connection that went last, while there is no other: its last words may come after it. */
  readonly left: string | null;
  /** What its last hello said it has received. */
  readonly received: number;
  /** When it last connected, spoke or left (told only now and then); at first, when the session was made. */
  readonly heardAt: number;
}

/** One browser's terminal on one PBX. */
export interface ConsoleSession {
  readonly id: string;
  readonly pbx: PbxId;
  /** Who opened it, as Odoo says. */
  readonly user: { readonly id: number; readonly name: string };
  /** The browser's address as Odoo saw it. */
  readonly address: string | null;
  readonly createdAt: number;
  /** It ends then in any case. */
  readonly endsAt: number;
  /** When anything was last typed or shown (told only now and then). */
  readonly activeAt: number;
  readonly agent: ConsoleSide;
  readonly browser: ConsoleSide;
}

export interface TicketRecord {
  /** SHA-256 (hex): the ticket itself is kept by nobody but its side. */
  readonly hash: string;
  /** Unix seconds. */
  readonly expiresAt: number;
}

export interface Admission {
  readonly session: ConsoleSession;
  readonly role: ConsoleRole;
  /** The role's former connection, which speaks no more; null: there was none. */
  readonly replaced: string | null;
}

/** For whom a connection speaks. */
export interface Speaker {
  readonly session: ConsoleSession;
  readonly role: ConsoleRole;
  /** It is gone, and nobody has come in its place. */
  readonly left: boolean;
}

/**
 * The console's sessions and their one-time tickets. Each role of a session has one ticket that is good, and one
 * connection that speaks for it, at most: a write for a connection that was replaced changes nothing.
 */
export interface ConsoleSessions {
  create(session: ConsoleSession, tickets: Readonly<Record<ConsoleRole, TicketRecord>>): Promise<void>;
  /**
   * From now on this connection speaks for the ticket's role. A ticket of `create` is used up by this; one of `greet` by
   * the next hello, so that a connection which breaks before does not end the session. Undefined for a ticket that is
   * unknown, used up, too old at `now`, or of a session that ended.
   */
  admit(hash: string, connection: string, now: number): Promise<Admission | undefined>;
  /** Undefined when the connection speaks for nobody (any more). */
  ofConnection(connection: string): Promise<Speaker | undefined>;
  /**
   * The connection's hello: it is ready, and `ticket` is the role's next one. Gives the session as it is then;
   * undefined when the connection was replaced or has said hello already.
   */
  greet(
    id: string,
    role: ConsoleRole,
    connection: string,
    hello: { readonly received: number; readonly now: number; readonly ticket: TicketRecord },
  ): Promise<ConsoleSession | undefined>;
  /** The connection spoke; `active`: it was typed or shown. */
  heard(id: string, role: ConsoleRole, connection: string, now: number, active: boolean): Promise<void>;
  /** The connection is gone. True when it had spoken for the role until now. */
  leave(id: string, role: ConsoleRole, connection: string, now: number): Promise<boolean>;
  find(id: string): Promise<ConsoleSession | undefined>;
  /** Ends it, with its tickets. Only the first to call it gets the session. */
  remove(id: string): Promise<ConsoleSession | undefined>;
  /** Pages of all sessions. */
  open(): AsyncIterable<readonly ConsoleSession[]>;
}
