/** Asterisk cuts a record at 1 KB (`char buf[1024]` in cdr_csv.c). */
const maxRecordLength = 65_536;

/**
 * Records of Asterisk's CSV (cdr_csv): fields in quotes with a quote doubled inside, numbers bare, `\n` at the end;
 * a quoted field may hold commas and line breaks. Bytes go in and count as they are, so that a position in the
 * file can be told; text is decoded field by field.
 */
export class CdrCsvReader {
  #rest = '';
  #consumed = 0;

  /** Bytes of the records given out so far. */
  get consumed(): number {
    return this.#consumed;
  }

  /** The records that are whole with this chunk. */
  push(chunk: Uint8Array): string[][] {
    const text = this.#rest + Buffer.from(chunk).toString('latin1');
    const records: string[][] = [];
    let start = 0;
    let quoted = false;
    for (let at = 0; at < text.length; at += 1) {
      const char = text[at];
      // A doubled quote leaves and enters again, which is the same as staying inside.
      if (char === '"') quoted = !quoted;
      else if (char === '\n' && !quoted) {
        records.push(fieldsOf(text.slice(start, at)));
        start = at + 1;
      }
    }
    if (text.length - start > maxRecordLength) {
      // A quote that nothing closes: give up on it, at the end of a line.
      start = text.lastIndexOf('\n') + 1 || text.length;
      records.push([]);
    }
    this.#rest = text.slice(start);
    this.#consumed += start;
    return records;
  }
}

const field = /(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/gy;

function fieldsOf(line: string): string[] {
  return [...line.replace(/\r$/, '').matchAll(field)].map(([, quoted, bare]) =>
    Buffer.from(quoted?.replaceAll('""', '"') ?? bare ?? '', 'latin1').toString('utf8'),
  );
}

/** The columns of cdr_csv and the headers that the AMI event Cdr has for them. */
const headers =
  'AccountCode Source Destination DestinationContext CallerID Channel DestinationChannel LastApplication LastData StartTime AnswerTime EndTime Duration BillableSeconds Disposition AMAFlags UniqueID'.split(
    ' ',
  );
/** With the uniqueid: alone, with the user field, with the three of `newcdrcolumns`, with both. */
const columnCounts = new Set([17, 18, 20, 21]);

/**
 * A record as the headers of AMI's Cdr event; undefined when it has no uniqueid (`loguniqueid=yes`), which may be
 * any text: an Originate's ChannelId. The eighteenth column is the user field where `loguserfield=yes`.
 */
export function cdrOf(fields: readonly string[]): Record<string, string> | undefined {
  if (!columnCounts.has(fields.length) || fields[headers.length - 1] === '') return undefined;
  const hasUserField = fields.length === 18 || fields.length === 21;
  const pairs = headers.map((header, at) => [header, fields[at] ?? '']);
  return Object.fromEntries([...pairs, ['UserField', hasUserField ? (fields[17] ?? '') : '']]) as Record<
    string,
    string
  >;
}
