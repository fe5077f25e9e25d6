import { amiEventSchema, type AmiEvent } from '#core/contracts/ami-event.ts';
import { OdooException } from './odoo-exception.ts';

/** The handler's parameter `event`, by position or by name. */
export function eventArgument(args: readonly unknown[], kwargs: Readonly<Record<string, unknown>>): AmiEvent {
  const parsed = amiEventSchema.safeParse(args[0] ?? kwargs['event']);
  if (!parsed.success) {
    throw new OdooException('builtins.TypeError', "missing 1 required positional argument: 'event'");
  }
  return parsed.data;
}

export function textOf(event: AmiEvent, header: string): string {
  const value = event[header];
  return typeof value === 'string' ? value : '';
}
