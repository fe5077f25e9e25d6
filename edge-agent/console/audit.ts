import type { AmiEvent } from '#core/contracts/ami-event.ts';
import type { ConsoleEnd } from '#core/console/endpoint.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { ConsoleRequest } from '#core/ports/console-control.ts';
import type { Logger } from '#core/ports/logger.ts';

/** Rules may name it: who opened a console, from where, for how long. Never what was typed or shown. */
export const consoleEventName = 'OdooPBXConsole';

export interface ConsoleAudit {
  opened(): void;
  refused(reason: string): void;
  closed(end: ConsoleEnd, bytes: { in: number; out: number }): void;
}

export interface AuditOptions {
  request: ConsoleRequest;
  shell: boolean;
  clock: Clock;
  logger: Logger;
  /** Hands an event to the rules. */
  emit(this: void, event: AmiEvent): void;
}

/** Tells each step twice: to this PBX's log, with the person's name (that is the point of it), and to Odoo. */
export function createAudit({ request, shell, clock, logger, emit }: AuditOptions): ConsoleAudit {
  const { session, user, address = '' } = request;
  const openedAt = clock.now();
  const who = { session, userId: user.id, user: user.name, address, shell };

  function tell(action: string, more: Record<string, string>): void {
    emit({
      Event: consoleEventName,
      Action: action,
      Session: session,
      UserId: String(user.id),
      UserName: user.name,
      Address: address,
      Shell: shell ? 'yes' : 'no',
      ...more,
      _synthetic: true,
    });
  }

  return {
    opened() {
      logger.info('console opened', who);
      tell('opened', {});
    },
    refused(reason) {
      logger.warn('console refused', { ...who, reason });
      tell('refused', { Reason: reason });
    },
    closed({ code, reason }, bytes) {
      const seconds = Math.max(0, Math.round((clock.now() - openedAt) / 1000));
      logger.info('console closed', {
        ...who,
        seconds,
        bytesIn: bytes.in,
        bytesOut: bytes.out,
        code,
        reason,
      });
      tell('closed', {
        Seconds: String(seconds),
        BytesIn: String(bytes.in),
        BytesOut: String(bytes.out),
        EndCode: code,
        Reason: reason,
      });
    },
  };
}
