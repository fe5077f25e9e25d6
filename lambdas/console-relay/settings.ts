import * as z from 'zod';
import { functionSettingsSchema } from '#aws/function-settings.ts';

export const consoleRelaySettingsSchema = functionSettingsSchema.extend({
  SESSIONS_TABLE: z.string().min(1),
  /** The WebSocket API's stage, as one that posts to its connections calls it. */
  CONNECTIONS_URL: z.url({ protocol: /^https?$/ }),
});
