import type { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import type { CdrStore } from '#core/ports/cdr-store.ts';
import type { GroupWriter } from './group-writer.ts';

const positionSchema = z.object({ offset: z.number().int().nonnegative(), file: z.string() });
const seenSchema = z.object({ key: z.string(), at: z.number() });
const positionMark = 'cdrPosition';

/** CdrStore over the tables `seen_cdr` (mirrored in memory) and `mark`. */
export function cdrRows(database: DatabaseSync, writer: GroupWriter): CdrStore {
  const add = database.prepare('INSERT OR REPLACE INTO seen_cdr (key, at) VALUES (?, ?)');
  const forget = database.prepare('DELETE FROM seen_cdr WHERE at < ?');
  const mark = database.prepare('INSERT OR REPLACE INTO mark (name, value) VALUES (?, ?)');
  const rows = database.prepare('SELECT key, at FROM seen_cdr').all();
  const seen = new Map(rows.map((row) => seenSchema.parse(row)).map(({ key, at }) => [key, at]));
  const marked = database.prepare('SELECT value FROM mark WHERE name = ?').get(positionMark)?.['value'];
  let position = typeof marked === 'string' ? positionSchema.parse(JSON.parse(marked)) : null;
  return {
    position: () => position,
    savePosition: (next) => {
      position = next;
      writer.write(`mark ${positionMark}`, () => mark.run(positionMark, JSON.stringify(next)));
    },
    addSeen: (key, at) => {
      seen.set(key, at);
      writer.write(`seen ${key}`, () => add.run(key, at));
    },
    hasSeen: (key) => seen.has(key),
    forgetSeen: (before) => {
      for (const [key, at] of seen) if (at < before) seen.delete(key);
      writer.write('forget seen', () => forget.run(before));
    },
  };
}
