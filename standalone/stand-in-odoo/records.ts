export type FieldValue = string | number | boolean | null;
export type OdooRecord = { id: number } & { [field: string]: FieldValue };

type Leaf = readonly [field: string, operator: string, value: unknown];

function isLeaf(term: unknown): term is Leaf {
  return Array.isArray(term) && term.length === 3 && typeof term[0] === 'string';
}

function fits(record: OdooRecord, [field, operator, value]: Leaf): boolean {
  const actual = record[field] ?? false;
  if (operator === '=') return actual === value;
  if (operator === '!=') return actual !== value;
  if (operator === 'in') return Array.isArray(value) && value.includes(actual);
  throw new RangeError(`Invalid operator ${operator}`);
}

/** The records of one model, bounded: the oldest go when there are more than `max`. */
export class RecordTable {
  readonly fields: readonly string[];
  /** How many there ever were. */
  created = 0;
  readonly #records = new Map<number, OdooRecord>();
  readonly #max: number;

  constructor(fields: readonly string[], max = 2000) {
    this.fields = fields;
    this.#max = max;
  }

  create(values: Record<string, FieldValue>): OdooRecord {
    const record = { ...values, id: ++this.created };
    this.#records.set(record.id, record);
    const oldest = this.#records.size > this.#max ? this.#records.keys().next().value : undefined;
    if (oldest !== undefined) this.#records.delete(oldest);
    return record;
  }

  get(id: number): OdooRecord | undefined {
    return this.#records.get(id);
  }

  all(): OdooRecord[] {
    return [...this.#records.values()];
  }

  find(fits: (record: OdooRecord) => boolean): OdooRecord | undefined {
    return this.all().findLast((record) => fits(record));
  }

  /** A domain of leaves that all must hold; `order` is `id` or `id desc`. */
  searchRead(options: {
    domain: readonly unknown[];
    fields: readonly string[];
    limit?: number | undefined;
    order?: string | undefined;
  }): OdooRecord[] {
    const leaves = options.domain.filter((term) => isLeaf(term));
    let found = this.all().filter((record) => leaves.every((leaf) => fits(record, leaf)));
    if (/\bdesc\b/.test(options.order ?? '')) found = found.toReversed();
    const fields = options.fields.length > 0 ? options.fields : this.fields;
    return found.slice(0, options.limit ?? found.length).map((record) => {
      const row: OdooRecord = { id: record.id };
      // Odoo writes false for an empty field.
      for (const field of fields) row[field] = record[field] ?? false;
      return row;
    });
  }
}
