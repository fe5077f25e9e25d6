/** AMI's event and action classes, in the order in which Asterisk writes them in `Privilege`. */
export const eventClasses = [
  'system',
  'call',
  'log',
  'verbose',
  'command',
  'agent',
  'user',
  'config',
  'dtmf',
  'reporting',
  'cdr',
  'dialplan',
  'originate',
  'agi',
  'cc',
  'aoc',
  'test',
  'security',
  'message',
] as const;
export type EventClass = (typeof eventClasses)[number];

const known = new Set<string>(eventClasses);

/** `all`, or a comma-separated list; names that are none are left out, as Asterisk does. */
export function parseClasses(list: string): ReadonlySet<EventClass> {
  const names = list.split(',').map((name) => name.trim().toLowerCase());
  if (names.includes('all')) return new Set(eventClasses);
  return new Set(names.filter((name): name is EventClass => known.has(name)));
}

/**
 * The mask of `Events` and of `EventMask`: on, off, or classes. A word that is no class switches everything
 * off (Asterisk 22 answers `Events: Off` to `EventMask: bogus`).
 */
export function parseEventMask(mask: string): ReadonlySet<EventClass> {
  const word = mask.trim().toLowerCase();
  if (/^(on|yes|true|y|t|1|-1|all)$/.test(word)) return new Set(eventClasses);
  return parseClasses(word);
}
