import { doorRequestSchema } from '#core/contracts/door-request.ts';
import type { PbxId } from '#core/contracts/names.ts';
import type { WebhookConfig } from '#core/contracts/webhook.ts';
import * as z from 'zod';
import { DoorRefusal, accepted } from './door-answer.ts';
import type { DoorAnswer } from './door-answer.ts';
import { handInJob } from './hand-in-job.ts';
import type { SubmitDeps } from './hand-in-job.ts';
import { pbxOfKey, refuseOffline } from './open-door.ts';

export interface WebhookDeps extends SubmitDeps {
  /** Undefined where the PBX takes no webhooks. */
  webhookOf(pbx: PbxId): WebhookConfig | undefined;
}

const maxPayloadBytes = 64 * 1024;
const payloadSchema = z.looseObject({
  _model: z.string().max(128),
  _id: z.number().int(),
});

/**
 * `POST /webhook/<key>`: the payload of Odoo's "Send Webhook Notification" (17 and later) rings the user's
 * extension and then dials the record's number: click-to-call without any addon. The key in the path is the PBX's
 * API key, as the webhook can send no headers: access logs must leave the path out.
 */
export async function submitWebhook(key: string, body: string, deps: WebhookDeps): Promise<DoorAnswer> {
  try {
    const pbx = await pbxOfKey(key, deps.directory);
    const config = deps.webhookOf(pbx.pbx);
    if (config === undefined) {
      const why = 'This PBX takes no webhooks: its configuration says nothing of them.';
      throw new DoorRefusal(403, why, 'DOOR_BAD_REQUEST');
    }
    const action = originateOf(readPayload(body), config);
    refuseOffline(pbx, deps.clock.now() / 1000);
    const request = doorRequestSchema.parse({ fun: 'asterisk.manager_action', args: [action] });
    return accepted(await handInJob(pbx.pbx, request, null, undefined, deps));
  } catch (error) {
    if (!(error instanceof DoorRefusal)) throw error;
    deps.logger.info('a webhook is refused', { status: error.status, code: error.code });
    return error.answer();
  }
}

function readPayload(body: string): Record<string, unknown> {
  if (Buffer.byteLength(body) > maxPayloadBytes) throw new DoorRefusal(413, 'The payload is too large.');
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new DoorRefusal(400, 'The body is not JSON.');
  }
  const payload = payloadSchema.safeParse(value);
  if (payload.success) return payload.data;
  throw new DoorRefusal(400, "The body is not the payload of Odoo's webhook action (_model, _id, fields).");
}

function originateOf(payload: Record<string, unknown>, config: WebhookConfig): Record<string, string> {
  const number = dialable(firstFilled(payload, config.phoneFields), config.phoneFields.join(', '));
  const fixed = config.extension;
  const named = config.extensionField;
  const extension =
    fixed ?? extensionOf(named === undefined ? '' : textOf(payload[named]), named ?? 'extensionField');
  return {
    Action: 'Originate',
    Channel: config.channel.replaceAll('{extension}', extension),
    Context: config.context,
    Exten: number,
    Priority: '1',
    Async: 'true',
    CallerID: number,
  };
}

function firstFilled(payload: Record<string, unknown>, fields: readonly string[]): string {
  for (const field of fields) {
    const text = textOf(payload[field]);
    if (text !== '') return text;
  }
  return '';
}

/** Digits with a leading plus; the spaces and signs by which people group them are left out, letters refused. */
function dialable(text: string, fields: string): string {
  const number = text.replaceAll(/[\s().\-/\u00a0]/g, '');
  if (/^\+?[0-9*#]{1,32}$/.test(number)) return number;
  throw new DoorRefusal(
    400,
    `${fields}: ${text === '' ? 'there is no number to dial' : 'not a phone number'}.`,
  );
}

function extensionOf(text: string, field: string): string {
  if (/^[A-Za-z0-9_-]{1,40}$/.test(text)) return text;
  throw new DoorRefusal(
    400,
    `${field}: ${text === '' ? 'there is no extension to ring' : 'not an extension'}.`,
  );
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value.trim();
  return typeof value === 'number' ? String(value) : '';
}
