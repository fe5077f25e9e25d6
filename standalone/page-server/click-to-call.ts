import type { Hono } from 'hono';
import * as z from 'zod';
import type { Clock } from '#core/ports/clock.ts';
import type { Random } from '#core/ports/random.ts';
import type { Standalone } from '../system.ts';

export const clickSchema = z.strictObject({
  /** Rung first: an extension, or a whole channel such as `PJSIP/1001`. */
  extension: z
    .string()
    .regex(/^[A-Za-z0-9_.@/+-]{1,80}$/, 'Which extension shall ring first? Or a channel such as PJSIP/1001.'),
  number: z
    .string()
    .regex(
      /^[+*#0-9A-Za-z_.-]{1,40}$/,
      'Which number shall be called? Digits, letters and + * # _ . - make one.',
    ),
  context: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,80}$/, 'Which dialplan context? Letters, digits, _ and - make its name.'),
});
export type Click = z.infer<typeof clickSchema>;

const contextSchema = z.object({ uid: z.number() });

/**
 * Hands the call in at the door, as Odoo would, only without a socket between: the envelope of OdooPBX 3.5, with
 * the guide's callback where the addon is there to take it. Resolves with the job's id, or with what the door says
 * is wrong.
 */
export async function clickToCall(
  click: Click,
  door: { app: Hono; key: string },
  system: Pick<Standalone, 'odoo' | 'store'>,
  pbx: string,
  deps: { clock: Clock; random: Random },
): Promise<{ jobId: string } | { error: string }> {
  const channel = click.extension.includes('/') ? click.extension : `PJSIP/${click.extension}`;
  const caller = /^[^/]+\/(\d+)$/.exec(channel)?.[1] ?? click.number;
  const action = {
    Action: 'Originate',
    Channel: channel,
    Context: click.context,
    Exten: click.number,
    Priority: '1',
    Timeout: '30000',
    // The phone that rings first shows whom it is about to call; the record says who called.
    CallerID: `"To ${click.number}" <${caller}>`,
    ChannelId: deps.random.uuid(),
  };
  const callback = await callbackOf(system, pbx);
  const instance = (await system.store.directory.find(pbx))?.instanceUid;
  const response = await door.app.request('/app/asterisk_plus/agent', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-api-key': door.key,
      ...(instance ? { 'x-instance-uid': instance } : {}),
    },
    body: JSON.stringify({ fun: 'asterisk.manager_action', args: [action], kwargs: {}, ...callback }),
  });
  const text = await response.text();
  if (!response.ok) return { error: text };
  return { jobId: z.object({ job_id: z.string() }).parse(JSON.parse(text)).job_id };
}

async function callbackOf({ odoo }: Pick<Standalone, 'odoo'>, pbx: string): Promise<Record<string, unknown>> {
  try {
    if (!(await odoo.gateway.isPresent(pbx))) return {};
    const { uid } = contextSchema.parse(await odoo.client.callMethod('res.users', 'context_get'));
    return {
      res_model: 'asterisk_plus.server',
      res_method: 'originate_call_response',
      pass_back: { uid },
      callback_style: 'positional',
    };
  } catch {
    // Odoo is down: the call is made all the same, only nobody is called back.
    return {};
  }
}
