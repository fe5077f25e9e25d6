import { createHash, timingSafeEqual } from 'node:crypto';
import type { Hono } from 'hono';
import * as z from 'zod';
import { columnsSchema, rowsSchema } from '#core/console/frames.ts';
import { consoleOpenFunction } from '#core/contracts/console-open.ts';
import { createDoorApp } from '../door.ts';
import type { PageOptions } from './page-server.ts';

/** The terminal that the page shows, as its packages have it: name on the page, path below node_modules. */
export const terminalFiles: Readonly<Record<string, string>> = {
  'xterm.mjs': '@xterm/xterm/lib/xterm.mjs',
  'xterm.css': '@xterm/xterm/css/xterm.css',
  'addon-fit.mjs': '@xterm/addon-fit/lib/addon-fit.mjs',
};

const askedSchema = z.strictObject({
  cols: columnsSchema,
  rows: rowsSchema,
  key: z.string().max(1024).optional(),
});
const invitationSchema = z.object({ console: z.object({ url: z.url() }) });

/**
 * `POST /api/console`: asks for a console at the door, as Odoo would; answers the path of its WebSocket here. Whoever
 * may log in on this machine reaches the page, so for the console of a real PBX it asks for the door's key (401).
 */
export function addPageConsole(app: Hono, { system, config, trial }: PageOptions): void {
  const door = createDoorApp(system.submit);
  app.post('/api/console', async (context) => {
    const asked = askedSchema.safeParse(await context.req.json().catch(() => null));
    if (!asked.success) return context.json({ error: 'Which size has the terminal?' }, 400);
    const { key: given, ...size } = asked.data;
    const keys = config.door?.keys.map(({ secret }) => secret) ?? [];
    const [key] = keys;
    if (key === undefined) return context.json({ error: 'There is no door: configure door.keys.' }, 409);
    if (!trial.simulator && !keys.some((one) => isSame(one, given ?? ''))) {
      const error = "The console of a real PBX opens with the door's key alone.";
      return context.json({ error, needsKey: true }, 401);
    }
    const instance = (await system.store.directory.find(config.pbx))?.instanceUid;
    const answer = await door.request('/app/asterisk_plus/agent', {
      method: 'POST',
      headers: { 'x-api-key': key, ...(instance ? { 'x-instance-uid': instance } : {}) },
      body: JSON.stringify({
        fun: consoleOpenFunction,
        args: [],
        kwargs: { ...size, user: { id: 1, name: 'The page' }, address: '127.0.0.1' },
      }),
    });
    if (answer.status !== 202) return context.json({ error: await answer.text() }, 409);
    const { search } = new URL(invitationSchema.parse(await answer.json()).console.url);
    return context.json({ path: `/console${search}` }, 202);
  });
}

function isSame(one: string, other: string): boolean {
  return timingSafeEqual(digestOf(one), digestOf(other));
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
