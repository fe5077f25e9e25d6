import { readFileSync } from 'node:fs';
import { OdoopbxError, messageOf } from '#core/errors/odoopbx-error.ts';
import { type Fleet } from '#core/fleet/fleet.ts';
import { parseFleet } from './parse-fleet.ts';

export interface FleetFile {
  readonly path: string;
  readonly text: string;
  readonly fleet: Fleet;
}

/** `name`: as the operator calls it. Throws CONFIG_INVALID: unreadable, or every problem of the file with its line. */
export function readFleetFile(path: string, name = path): FleetFile {
  const text = readFleetText(path, name);
  return { path, text, fleet: parseFleet(text, name) };
}

function readFleetText(path: string, name: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new OdoopbxError(
      'CONFIG_INVALID',
      missing
        ? `there is no ${name}: make one with "odoopbx init", or name yours with --fleet`
        : `${name} can not be read: ${messageOf(error)}`,
      { cause: error },
    );
  }
}
