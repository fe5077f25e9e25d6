import * as z from 'zod';
import { functionSettingsSchema } from '#aws/function-settings.ts';

export const agentStatusSettingsSchema = functionSettingsSchema.extend({ PBX_TABLE: z.string().min(1) });
