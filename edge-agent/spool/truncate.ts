import type { AmiEvent, AmiValue } from '#core/contracts/ami-event.ts';

/** One string of an event: a header's value, or one element of a repeated header. */
interface Cell {
  header: string;
  index: number | null;
  value: string;
  bytes: number;
}

/**
 * Cuts an event to at most `maxBytes` of JSON, `_truncated: true` included: the longest values are brought
 * down to one common length, so that short values (ids, names, states) stay whole. The event's name goes
 * last. Where headers alone are too many, the costliest are left out.
 */
export function truncateEvent(event: AmiEvent, maxBytes: number): AmiEvent {
  const cut = copyOf(event);
  cut['_truncated'] = true;
  const cells = cellsOf(cut);
  level(
    cut,
    cells.filter((cell) => cell.header !== 'Event'),
    jsonBytes(cut) - maxBytes,
  );
  dropHeaders(cut, maxBytes);
  level(
    cut,
    cells.filter((cell) => cell.header === 'Event'),
    jsonBytes(cut) - maxBytes,
  );
  return cut;
}

/** Bytes of UTF-8 JSON. */
export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function copyOf(event: AmiEvent): Record<string, AmiValue> {
  // UserEvent keys may be `__proto__`.
  const copy = Object.create(null) as Record<string, AmiValue>;
  for (const [header, value] of Object.entries(event))
    copy[header] = Array.isArray(value) ? [...value] : value;
  return copy;
}

function cellsOf(event: AmiEvent): Cell[] {
  const cells: Cell[] = [];
  const add = (header: string, index: number | null, value: string): void => {
    cells.push({ header, index, value, bytes: jsonBytes(value) - 2 });
  };
  for (const [header, value] of Object.entries(event)) {
    if (typeof value === 'string') add(header, null, value);
    else if (Array.isArray(value))
      for (const [index, element] of value.entries()) add(header, index, element);
  }
  return cells;
}

/** Cuts the longest cells to one length so that `excess` bytes go, or as many as there are. */
function level(event: Record<string, AmiValue>, cells: Cell[], excess: number): void {
  if (excess <= 0) return;
  const longestFirst = [...cells].sort((a, b) => b.bytes - a.bytes);
  let sum = 0;
  let length = 0;
  for (const [place, cell] of longestFirst.entries()) {
    sum += cell.bytes;
    const next = longestFirst[place + 1]?.bytes ?? 0;
    length = Math.max(0, Math.floor((sum - excess) / (place + 1)));
    if (length >= next) break;
  }
  for (const cell of longestFirst) {
    if (cell.bytes <= length) break;
    const value = cutTo(cell.value, length);
    const whole = event[cell.header];
    if (cell.index === null) event[cell.header] = value;
    else if (Array.isArray(whole)) whole[cell.index] = value;
  }
}

/** The longest prefix of whole characters that takes at most `bytes` inside a JSON string. */
function cutTo(value: string, bytes: number): string {
  let room = bytes;
  let end = 0;
  for (const character of value) {
    room -= jsonBytes(character) - 2;
    if (room < 0) break;
    end += character.length;
  }
  return value.slice(0, end);
}

function dropHeaders(event: Record<string, AmiValue>, maxBytes: number): void {
  let excess = jsonBytes(event) - maxBytes;
  if (excess <= 0) return;
  const costliestFirst = Object.keys(event)
    .filter((header) => header !== 'Event' && header !== '_truncated')
    .map((header) => ({ header, bytes: jsonBytes(header) + jsonBytes(event[header]) + 2 }))
    .sort((a, b) => b.bytes - a.bytes);
  for (const { header, bytes } of costliestFirst) {
    if (excess <= 0) return;
    delete event[header];
    excess -= bytes;
  }
}
