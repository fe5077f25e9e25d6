import type { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import type { ChannelStore } from '#core/ports/channel-store.ts';
import type { GroupWriter } from './group-writer.ts';

const rowSchema = z.object({ uniqueid: z.string(), headers: z.string() });
const headersSchema = z.record(
  z.string(),
  z.union([z.string(), z.array(z.string()), z.number(), z.boolean()]),
);
const aliveMark = 'aliveAt';

/** ChannelStore over the tables `channel` and `mark`. */
export function channelRows(database: DatabaseSync, writer: GroupWriter): ChannelStore {
  const put = database.prepare('INSERT OR REPLACE INTO channel (uniqueid, headers) VALUES (?, ?)');
  const remove = database.prepare('DELETE FROM channel WHERE uniqueid = ?');
  const mark = database.prepare('INSERT OR REPLACE INTO mark (name, value) VALUES (?, ?)');
  const marked = database.prepare('SELECT value FROM mark WHERE name = ?').get(aliveMark)?.['value'];
  let aliveAt = typeof marked === 'string' ? Number(marked) : null;
  return {
    load: () =>
      database
        .prepare('SELECT uniqueid, headers FROM channel')
        .all()
        .map((row) => {
          const { uniqueid, headers } = rowSchema.parse(row);
          return { uniqueid, headers: headersSchema.parse(JSON.parse(headers)) };
        }),
    put: ({ uniqueid, headers }) => {
      writer.write(`channel ${uniqueid}`, () => put.run(uniqueid, JSON.stringify(headers)));
    },
    remove: (uniqueid) => {
      writer.write(`channel ${uniqueid}`, () => remove.run(uniqueid));
    },
    aliveAt: () => aliveAt,
    markAlive: (at) => {
      aliveAt = at;
      writer.write(`mark ${aliveMark}`, () => mark.run(aliveMark, String(at)));
    },
    flush: () => {
      writer.flush();
    },
  };
}
