import { consoleJobSchema } from '#core/contracts/console-open.ts';
import { badArguments, type JobFunction } from './job-function.ts';

/**
 * Opens Asterisk's console for a person in Odoo (kwargs: the request that the door made). Answers when the terminal
 * runs; the session goes on after that, and its end is told by an event (`OdooPBXConsole`). The PBX's own switch,
 * `console.enabled`, has the last word.
 */
export const consoleOpen: JobFunction = {
  name: 'console.open',
  async run(_args, kwargs, { console, signal }) {
    const request = consoleJobSchema.safeParse(kwargs);
    if (!request.success) {
      const [issue] = request.error.issues;
      throw badArguments(this.name, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`);
    }
    return console.open(request.data, signal);
  },
};
