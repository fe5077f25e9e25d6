import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { ConsoleControl } from '#core/ports/console-control.ts';

/** The console of a PBX that does not enable it. */
export const noConsole: ConsoleControl = {
  open: () => Promise.reject(new OdoopbxError('CONSOLE_DISABLED', 'The console is not enabled on this PBX.')),
};
