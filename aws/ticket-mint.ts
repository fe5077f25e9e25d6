import { createHash, randomBytes } from 'node:crypto';
import type { TicketMint } from '#core/ports/ticket-mint.ts';

export const ticketMint: TicketMint = {
  make: () => randomBytes(32).toString('base64url'),
  hashOf: (ticket) => createHash('sha256').update(ticket).digest('hex'),
};
