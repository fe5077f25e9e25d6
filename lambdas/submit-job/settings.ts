import * as z from 'zod';
import { functionSettingsSchema } from '#aws/function-settings.ts';
import { pbxIdSchema } from '#core/contracts/names.ts';
import { webhookConfigSchema } from '#core/contracts/webhook.ts';

export const submitJobSettingsSchema = functionSettingsSchema.extend({
  JOBS_TABLE: z.string().min(1),
  PBX_TABLE: z.string().min(1),
  JOB_QUEUE_URL_BASE: z.url(),
  SESSIONS_TABLE: z.string().min(1),
  /** The WebSocket API's stage: where both sides of a console connect to. */
  CONSOLE_URL: z.url({ protocol: /^wss?$/ }),
  /** Path of a JSON file with `webhooks`; missing where no PBX takes any. */
  FLEET_FILE: z.string().min(1).optional(),
});

/** The content of FLEET_FILE. */
export const fleetFileSchema = z.object({ webhooks: z.record(pbxIdSchema, webhookConfigSchema).default({}) });
