import * as z from 'zod';
import { columnsSchema, consoleSessionIdSchema, rowsSchema } from '../console/frames.ts';

/** Asks the PBX for a terminal. The door makes a session of it, with a ticket for either side. */
export const consoleOpenFunction = 'console.open';

/** The kwargs that Odoo sends: the terminal's size and who sits before it, for the audit. */
export const consoleRequestSchema = z.strictObject({
  cols: columnsSchema,
  rows: rowsSchema,
  user: z.strictObject({ id: z.int().positive(), name: z.string().min(1).max(64) }),
  /** The browser's, as Odoo saw it. */
  address: z.string().max(64).optional(),
});

/** The kwargs that the agent gets: also where it has to connect to. The URL holds its ticket. */
export const consoleJobSchema = consoleRequestSchema.extend({
  url: z.url({ protocol: /^wss?$/ }).max(2048),
  session: consoleSessionIdSchema,
});
export type ConsoleJob = z.infer<typeof consoleJobSchema>;

/** What the door answers beside the job's id: where the browser has to connect to, and until when (Unix seconds). */
export interface ConsoleInvitation {
  readonly session: string;
  readonly url: string;
  readonly expires_at: number;
}
