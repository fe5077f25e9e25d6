import * as z from 'zod';

/** How long an agent tries to deliver a file (seconds), whatever the address allows. */
export const longestUploadSeconds = 86_400;

/**
 * `kwargs.upload` of a job: a one-time address for what the bus does not carry (maxResultBytes). The address is a
 * secret: who knows it may write that one file.
 *
 *   GET url                                            → 200 progress
 *   PUT url, Content-Range: bytes <from>-<to>/<total>  → 200 progress, done; 202 progress, more to come;
 *       Repr-Digest: sha-256=:<base64>:                  409 progress: go on from there
 *
 * Any other 4xx with `{error}` is a refusal for good; the rest is tried again.
 */
export const uploadAddressSchema = z.strictObject({
  url: z.url({ protocol: /^https?$/, error: 'must be an https address' }).max(2048),
  /** Sent as `x-odoo-database`: which of several databases behind one address. */
  database: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,128}$/)
    .optional(),
  /** Larger files are not sent. */
  max_bytes: z.number().int().positive().optional(),
  /** Unix seconds. */
  expires_at: z.number().positive().optional(),
});
export type UploadAddress = z.infer<typeof uploadAddressSchema>;

/** How much of the file the receiver has; `attachment_id`: what it became, once it is done. */
export const uploadProgressSchema = z.object({
  offset: z.number().int().min(0),
  done: z.boolean(),
  attachment_id: z.number().int().positive().optional(),
});
export type UploadProgress = z.infer<typeof uploadProgressSchema>;

export const uploadRefusalSchema = z.object({ error: z.string() });
