import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';

/** Where the configuration is looked for when nobody says: the one file, or the one of an instance. */
export const usualPlaces = '/etc/odoopbx-agent.yaml, or the only file in /etc/odoopbx-agent/';

/**
 * The configuration of the only agent of this machine. Throws CONFIG_INVALID where there are several. Without any, it
 * is the usual path, which does not exist.
 */
export function findConfig(etc = '/etc'): string {
  const single = join(etc, 'odoopbx-agent.yaml');
  const found = [
    ...filesOf(etc).filter((path) => path === single),
    ...filesOf(join(etc, 'odoopbx-agent')).filter((path) => path.endsWith('.yaml')),
  ];
  if (found.length <= 1) return found[0] ?? single;
  const message = `there are several agents here: name one by --config\n  ${found.join('\n  ')}`;
  throw new OdoopbxError('CONFIG_INVALID', message);
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
      .toSorted()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}
