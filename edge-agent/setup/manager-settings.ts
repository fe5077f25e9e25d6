/** What `asterisk -rx "manager show settings"` and its like tell. */

export interface ManagerSettings {
  enabled: boolean;
  /** Where AMI listens; undefined while it does not. Without a host: on every address. */
  address?: { host?: string; port: number };
  timestamps: boolean;
}

/** undefined where the text is none of Asterisk's. */
export function parseManagerSettings(text: string): ManagerSettings | undefined {
  const enabled = /^\s*Manager \(AMI\):\s*(Yes|No)\s*$/m.exec(text)?.[1];
  if (enabled === undefined) return undefined;
  const bound = /^\s*TCP Bindaddress:\s*(\S+):(\d+)\s*$/m.exec(text);
  const timestamps = /^\s*Timestamp events:\s*Yes\s*$/m.test(text);
  if (bound === null) return { enabled: enabled === 'Yes', timestamps };
  const host = (bound[1] ?? '').replace(/^\[(.*)\]$/, '$1');
  const anywhere = host === '0.0.0.0' || host === '::';
  const address = { port: Number(bound[2]), ...(anywhere ? {} : { host }) };
  return { enabled: enabled === 'Yes', address, timestamps };
}

/** The names that `manager show users` lists. */
export function parseManagerUsers(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim());
  const start = lines.findIndex((line) => /^-+$/.test(line));
  const end = lines.findIndex((line, index) => index > start && /^-+$/.test(line));
  return start === -1 || end === -1 ? [] : lines.slice(start + 1, end).filter((line) => line !== '');
}

/** `/etc/asterisk`, from `core show settings`. */
export function parseConfigDir(text: string): string | undefined {
  return /^\s*Configuration directory:\s*(\/\S*)\s*$/m.exec(text)?.[1];
}

/** `22.10.1`, from `core show version`; undefined for a build without a number (`GIT-master-…`). */
export function parseVersion(text: string): string | undefined {
  return /^Asterisk (?:certified[-/])?(\d+\.\d+(?:\.\d+)?)/.exec(text.trim())?.[1];
}

const firstWithAdvancedFilters: Readonly<Record<number, number>> = { 18: 26, 20: 11, 21: 6, 22: 1 };

/** Whether `eventfilter(name(…))` is understood. */
export function hasAdvancedFilters(version: string | undefined): boolean {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  return major > 22 || minor >= (firstWithAdvancedFilters[major] ?? Number.POSITIVE_INFINITY);
}
