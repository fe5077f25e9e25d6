import * as z from 'zod';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';

/** What every function's environment has. */
export const functionSettingsSchema = z.object({
  PLATFORM: z.string().min(1),
  LOG_LEVEL: z
    .string()
    .regex(/^(debug|info|warn|error)$/i, 'is one of debug, info, warn, error')
    .optional(),
});

/** A function's environment by its schema. Throws CONFIG_INVALID, which names every variable that is wrong. */
export function parseFunctionSettings<T extends z.ZodType>(
  schema: T,
  environment: Readonly<Record<string, string | undefined>>,
): z.output<T> {
  // It is parsed once: zod would otherwise write and compile a function first, in the middle of a cold start.
  const parsed = schema.safeParse(environment, { jitless: true });
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new OdoopbxError('CONFIG_INVALID', `the function's environment is wrong: ${problems.join('; ')}`);
}
