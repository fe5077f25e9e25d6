import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { agentStatusSchema } from '#core/contracts/agent-status.ts';
import { cloudStatusSchema } from './cloud-status.ts';

/** What lies behind the bus, where this process knows of it (standalone). */
const deliverySchema = z.object({
  /** Messages on their way to Odoo, and those that were given up. */
  waiting: z.number().int().nonnegative(),
  parked: z.number().int().nonnegative(),
  /** Why Odoo takes nothing just now. */
  failing: z.object({ code: z.string(), message: z.string() }).nullable(),
});
export type Delivery = z.infer<typeof deliverySchema>;

/** `status.json` in the state folder: what `odoopbx-agent status` shows. */
export const statusFileSchema = z.object({
  status: agentStatusSchema,
  /** How often the running agent writes it. */
  everySeconds: z.number().positive(),
  pid: z.number().int().positive(),
  delivery: deliverySchema.optional(),
  /** Cloud mode. */
  cloud: cloudStatusSchema.optional(),
});
export type StatusFile = z.infer<typeof statusFileSchema>;

export function statusFilePath(stateDir: string): string {
  return join(stateDir, 'status.json');
}

/** Replaces the file at once: a reader sees the old one or the new one, never a part. */
export function writeStatusFile(stateDir: string, file: StatusFile): void {
  const path = statusFilePath(stateDir);
  const temporary = `${path}.${file.pid}.new`;
  writeFileSync(temporary, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, path);
}

/** Undefined when there is none. Throws when it is there and can not be read or is no status. */
export function readStatusFile(stateDir: string): StatusFile | undefined {
  let text: string;
  try {
    text = readFileSync(statusFilePath(stateDir), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  return statusFileSchema.parse(JSON.parse(text));
}
