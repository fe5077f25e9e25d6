import type { ConsoleRole } from '#core/console/frames.ts';
import type { ConsoleSessions } from '#core/ports/console-sessions.ts';
import type { TicketMint } from '#core/ports/ticket-mint.ts';

/** What the door needs to open consoles. */
export interface ConsoleDeps {
  readonly sessions: Pick<ConsoleSessions, 'create'>;
  readonly tickets: TicketMint;
  /** Where a side connects to with its ticket; `headers` of the request, names in lower case. */
  urlOf(role: ConsoleRole, ticket: string, headers: ReadonlyMap<string, string>): string;
}
