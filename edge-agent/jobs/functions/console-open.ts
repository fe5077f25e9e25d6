import * as z from 'zod';
import { columnsSchema, consoleSessionIdSchema, rowsSchema } from '#core/console/frames.ts';
import { badArguments, type JobFunction } from './job-function.ts';

const requestSchema = z.strictObject({
  /** The relay's address with a ticket of its own: it appears in no message. */
  url: z.url({ protocol: /^wss?$/ }).max(2000),
  session: consoleSessionIdSchema,
  cols: columnsSchema,
  rows: rowsSchema,
  user: z.strictObject({ id: z.int().nonnegative(), name: z.string().max(64) }),
  address: z.string().max(64).optional(),
});

/**
 * Opens Asterisk's console for a person in Odoo (kwargs: the request that the door made). Answers when the terminal
 * runs; the session goes on after that, and its end is told by an event (`OdooPBXConsole`). The PBX's own switch,
 * `console.enabled`, has the last word.
 */
export const consoleOpen: JobFunction = {
  name: 'console.open',
  async run(_args, kwargs, { console, signal }) {
    const request = requestSchema.safeParse(kwargs);
    if (!request.success) {
      const [issue] = request.error.issues;
      throw badArguments(this.name, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`);
    }
    return console.open(request.data, signal);
  },
};
