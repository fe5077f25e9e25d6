import type { Context, Hono } from 'hono';
import * as z from 'zod';
import { createDoorApp } from '../door.ts';
import { clickSchema, clickToCall } from './click-to-call.ts';
import type { PageFeed } from './page-feed.ts';
import type { PageOptions } from './page-server.ts';
import { readRuleViews } from './rule-views.ts';

const enabledSchema = z.strictObject({ enabled: z.boolean() });
const runningSchema = z.strictObject({ running: z.boolean() });
const rateSchema = z.strictObject({ callsPerMinute: z.number().min(0).max(600) });

async function bodyOf<T>(context: Context, schema: z.ZodType<T>): Promise<T | { error: string }> {
  const parsed = schema.safeParse(await context.req.json().catch(() => null));
  return parsed.success ? parsed.data : { error: parsed.error.issues[0]?.message ?? 'bad request' };
}

function isError(value: unknown): value is { error: string } {
  return typeof value === 'object' && value !== null && 'error' in value;
}

/** What the page's buttons do. */
export function addPageActions(app: Hono, feed: PageFeed, options: PageOptions): void {
  const { system, config, trial, clock, random } = options;
  const door = createDoorApp(system.submit);

  app.post('/api/call', async (context) => {
    const click = await bodyOf(context, clickSchema);
    if (isError(click)) return context.json(click, 400);
    const key = config.door?.keys[0]?.secret;
    if (key === undefined) return context.json({ error: 'There is no door: configure door.keys.' }, 409);
    const answer = await clickToCall(click, { app: door, key }, system, config.pbx, { clock, random });
    if ('error' in answer) return context.json(answer, 502);
    feed.jobs.describe(answer.jobId, `${click.extension} → ${click.number}`);
    return context.json(answer, 202);
  });

  app.post('/api/rules/:id{[0-9]+}', async (context) => {
    const body = await bodyOf(context, enabledSchema);
    if (isError(body)) return context.json(body, 400);
    if (!trial.standIn) return context.json({ error: 'Rules of a real Odoo are changed in Odoo.' }, 409);
    const ids = [Number(context.req.param('id'))];
    await system.odoo.client.callMethod('asterisk_plus.event', 'write', [ids, { is_enabled: body.enabled }]);
    await system.odoo.rules.page(0);
    feed.send('rules', await readRuleViews(system, trial));
    return context.json({ done: true });
  });

  app.post('/api/odoo', async (context) => {
    const body = await bodyOf(context, runningSchema);
    if (isError(body)) return context.json(body, 400);
    if (!trial.standIn) return context.json({ error: 'This Odoo is real.' }, 409);
    if (body.running) {
      await trial.standIn.start();
      system.store.inbox.retryNow();
    } else await trial.standIn.stop();
    return context.json({ done: true });
  });

  app.post('/api/pbx/rate', async (context) => {
    const body = await bodyOf(context, rateSchema);
    if (isError(body)) return context.json(body, 400);
    if (!trial.simulator) return context.json({ error: 'This PBX is real.' }, 409);
    trial.simulator.setCallsPerMinute(body.callsPerMinute);
    return context.json({ done: true });
  });

  app.post('/api/pbx/drop', (context) => {
    if (!trial.simulator) return context.json({ error: 'This PBX is real.' }, 409);
    trial.simulator.dropSessions();
    return context.json({ done: true });
  });
}
