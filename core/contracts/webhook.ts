import * as z from 'zod';

/** How a PBX turns Odoo's webhook payload into an Originate (fleet.yaml). */
export const webhookConfigSchema = z.object({
  /** Fields of the record that may hold the number to dial; the first one that is filled counts. */
  phoneFields: z.array(fieldName()).min(1).max(10).default(['phone']),
  /** Field that holds the extension that rings first; or `extension`, the same for all. */
  extensionField: fieldName().optional(),
  extension: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,40}$/)
    .optional(),
  /** The channel to ring, `{extension}` in it replaced. */
  channel: z
    .string()
    .regex(/^[A-Za-z0-9]+\/[A-Za-z0-9_@{}/-]{1,100}$/)
    .default('PJSIP/{extension}'),
  /** The dialplan context in which the number is dialled. */
  context: z.string().regex(/^[A-Za-z0-9_-]{1,79}$/),
});
export type WebhookConfig = z.infer<typeof webhookConfigSchema>;

function fieldName(): z.ZodString {
  return z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'a field of the Odoo record');
}
