/** Where a file of our own gets read: manager.conf differs between Debian, FreePBX and Asterisk's own samples. */
import { basename, dirname, isAbsolute, join } from 'node:path';

export interface ManagerPlace {
  /** The folder that takes our files. */
  folder: string;
  /** The line that makes Asterisk read it, where there is none yet. */
  include?: { file: string; line: string };
}

const ownFolder = 'manager_odoopbx.d';

/**
 * A folder that manager.conf (or a file that it includes by name) takes all files of, such as Debian's
 * `manager.d/*.conf`; else one of our own, included at the end of FreePBX's manager_custom.conf, which outlives
 * FreePBX's updates, or of manager.conf. `read` gives undefined for what is not there.
 */
export function findManagerPlace(
  configDir: string,
  read: (path: string) => string | undefined,
): ManagerPlace | undefined {
  const main = join(configDir, 'manager.conf');
  const text = read(main);
  if (text === undefined) return undefined;
  const patterns = includesOf(text).map((pattern) =>
    isAbsolute(pattern) ? pattern : join(configDir, pattern),
  );
  const byName = patterns.filter((pattern) => !isGlob(pattern) && read(pattern) !== undefined);
  const nested = byName.flatMap((file) =>
    includesOf(read(file) ?? '').map((pattern) => (isAbsolute(pattern) ? pattern : join(configDir, pattern))),
  );
  const folder = [...patterns, ...nested].find((pattern) => takesOurs(pattern));
  if (folder !== undefined) return { folder: dirname(folder) };
  const custom = byName.find((file) => basename(file) === 'manager_custom.conf');
  // tryinclude: an empty folder would otherwise make Asterisk refuse the whole file.
  const line = `#tryinclude "${ownFolder}/*.conf"`;
  return { folder: join(configDir, ownFolder), include: { file: custom ?? main, line } };
}

/** With the line at the end, in a paragraph of its own. */
export function withInclude(text: string, line: string): string {
  const body = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  return `${body}\n; Added by "odoopbx-agent setup-ami".\n${line}\n`;
}

/** The patterns of `#include` and `#tryinclude`, in order. */
function includesOf(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const found = /^\s*#(?:try)?include\s+(?:"([^"]+)"|<([^>]+)>|([^\s;]+))/.exec(line);
    const pattern = found?.[1] ?? found?.[2] ?? found?.[3];
    return pattern === undefined ? [] : [pattern.trim()];
  });
}

function isGlob(pattern: string): boolean {
  return /[*?[{]/.test(pattern);
}

/** `DIR/*.conf` or `DIR/*`, in a folder that is not the configuration's own. */
function takesOurs(pattern: string): boolean {
  return /^\*(\.conf)?$/.test(basename(pattern)) && !isGlob(dirname(pattern));
}
