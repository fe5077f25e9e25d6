import * as z from 'zod';
import { functionSettingsSchema } from '#aws/function-settings.ts';

export const sweepSettingsSchema = functionSettingsSchema.extend({
  JOBS_TABLE: z.string().min(1),
  PBX_TABLE: z.string().min(1),
  BUS: z.string().min(1),
});
