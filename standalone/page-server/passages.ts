import type { AmiEvent } from '#core/contracts/ami-event.ts';
import { summaryOf, textOf } from './event-summary.ts';

export type Stage =
  'received' | 'spooled' | 'published' | 'done' | 'failed' | 'skipped' | 'waiting' | 'parked';

/** One event on its way, as the page shows it. */
export interface Passage {
  id: number;
  name: string;
  summary: string;
  /** Unix milliseconds at which it was first seen. */
  at: number;
  rules: readonly string[];
  stage: Stage;
  /** Milliseconds from the first stage to this one. */
  after: number;
  error?: string;
}

/** More than a person can read; what is over it is counted, not shown. */
const maxPending = 120;
const maxKnown = 3000;

function keyOf(event: AmiEvent, rules: readonly string[]): string {
  const unique = [
    'Event',
    'EventTime',
    'Timestamp',
    'Uniqueid',
    'UniqueID',
    'Channel',
    'Variable',
    'ActionID',
  ];
  return [...unique.map((header) => textOf(event, header)), ...rules].join('|');
}

/** Follows events from stage to stage. Bounded: what was seen long ago is forgotten. */
export class Passages {
  readonly #known = new Map<string, Passage>();
  #pending = new Map<number, Passage>();
  #lastId = 0;
  #notShown = 0;

  move(event: AmiEvent, rules: readonly string[], stage: Stage, now: number, error?: string): void {
    const key = keyOf(event, rules);
    let passage = this.#known.get(key);
    if (!passage) {
      passage = {
        id: ++this.#lastId,
        name: textOf(event, 'Event'),
        summary: summaryOf(event),
        at: now,
        rules,
        stage,
        after: 0,
      };
      this.#known.set(key, passage);
      const oldest = this.#known.size > maxKnown ? this.#known.keys().next().value : undefined;
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    passage.stage = stage;
    passage.after = now - passage.at;
    if (error !== undefined) passage.error = error.slice(0, 300);
    if (this.#pending.has(passage.id) || this.#pending.size < maxPending) {
      this.#pending.set(passage.id, passage);
    } else this.#notShown += 1;
  }

  /** What moved since the last time. */
  flush(): { passages: Passage[]; notShown: number } | undefined {
    if (this.#pending.size === 0 && this.#notShown === 0) return undefined;
    const flushed = { passages: [...this.#pending.values()], notShown: this.#notShown };
    this.#pending = new Map();
    this.#notShown = 0;
    return flushed;
  }
}
