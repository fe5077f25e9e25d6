import type { PbxEvent } from './pbx.ts';

/** One filter of a session: what it matches, and whether it lets through or keeps back. */
export interface EventFilter {
  include: boolean;
  matches(event: PbxEvent): boolean;
}

/**
 * The advanced form of Asterisk 18.26 / 20.11 / 22.1 in the header `MatchCriteria`:
 * `name(Cdr),action(include)`. Undefined when it is formatted incorrectly.
 */
export function parseMatchCriteria(criteria: string): EventFilter | undefined {
  const parts = [...criteria.matchAll(/\s*(name|action)\(([^()]*)\)\s*(?:,|$)/g)];
  if (parts.length === 0 || parts.map((part) => part[0]).join('').length !== criteria.length)
    return undefined;
  const value = (key: string) => parts.find((part) => part[1] === key)?.[2];
  const name = value('name');
  const action = value('action') ?? 'include';
  if (action !== 'include' && action !== 'exclude') return undefined;
  return { include: action === 'include', matches: (event) => name === undefined || event.name === name };
}

/** The old form in the header `Filter`: a regular expression on the whole event, `!` keeps back. */
export function parseRegexFilter(filter: string): EventFilter | undefined {
  const include = !filter.startsWith('!');
  try {
    const pattern = new RegExp(include ? filter : filter.slice(1), 'm');
    return { include, matches: (event) => pattern.test(event.text) };
  } catch {
    return undefined;
  }
}

/** Several includes are ORed; without an include everything passes that no exclude keeps back. */
export function passes(filters: readonly EventFilter[], event: PbxEvent): boolean {
  const includes = filters.filter((filter) => filter.include);
  if (includes.length > 0 && !includes.some((filter) => filter.matches(event))) return false;
  return !filters.some((filter) => !filter.include && filter.matches(event));
}
