import type { Clock } from '#core/ports/clock.ts';
import type { ConsoleConnections } from '#core/ports/console-connections.ts';
import type { ConsoleSessions } from '#core/ports/console-sessions.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { TicketMint } from '#core/ports/ticket-mint.ts';

export interface RelayDeps {
  readonly sessions: ConsoleSessions;
  readonly connections: ConsoleConnections;
  readonly tickets: TicketMint;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
}
